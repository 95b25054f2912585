import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import {
  configPath,
  type Kind,
  PRODUCT_IDS,
  type ProductId,
  startIntermediary,
} from '../support/intermediary.ts';
import { type LockstepOutcome, type LockstepRun, runLockstep } from '../support/lockstep-client.ts';
import { hasTool } from '../support/tools.ts';

/** Collect the stream: the first event does not come while there is no second one. */
const COLLECTING: ProductId[] = ['caddy', 'lighttpd', 'varnish'];
/** Let every event through after a while. */
const DELAYING: ProductId[] = ['haproxy', 'apache'];

/** Events of 600 bytes to a client that accepts gzip, so that whoever compresses does. */
const COMPRESSIBLE: Partial<LockstepRun> = {
  eventBytes: 600,
  parameters: { fill: 'repeated' },
  headers: { 'Accept-Encoding': 'gzip' },
};

/** Event n+1 is sent only after event n arrived: no stopwatch, so no busy machine can lie. */
describe.concurrent('event by event through an intermediary', () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  afterAll(() => origin.close());

  async function lockstep(
    id: ProductId,
    kind: Kind,
    run: Partial<LockstepRun>,
  ): Promise<LockstepOutcome & { tookMs: number }> {
    const hop = await startIntermediary(id, kind, { upstream: origin.url });
    try {
      const startedMs = performance.now();
      const outcome = await runLockstep({
        through: hop.url,
        direct: origin.url,
        events: 50,
        ...COMPRESSIBLE,
        ...run,
      });
      return { ...outcome, tookMs: performance.now() - startedMs };
    } finally {
      await hop.close();
    }
  }

  for (const id of PRODUCT_IDS) {
    it.skipIf(!hasTool(id))(`${configPath(id, 'passthrough')} lets the head and 50 events pass`, async () => {
      const outcome = await lockstep(id, 'passthrough', { awaitHead: true });
      expect(outcome).toMatchObject({ delivered: 50, stalledAt: null });
      expect(outcome.head).not.toMatch(/^content-(encoding|length):/im);
    });

    it.skipIf(!hasTool(id))(
      `${configPath(id, 'passthrough')} lets an answer pass that ends by closing`,
      async () => {
        const outcome = await lockstep(id, 'passthrough', { awaitHead: true, framing: 'close' });
        expect(outcome).toMatchObject({ delivered: 50, stalledAt: null });
      },
    );
  }

  for (const id of COLLECTING) {
    it.skipIf(!hasTool(id))(
      `${configPath(id, 'buffering')} stops the stream at the first event`,
      async () => {
        expect(await lockstep(id, 'buffering', { patienceMs: 1_000 })).toMatchObject({ stalledAt: 1 });
      },
    );
  }

  for (const id of DELAYING) {
    it.skipIf(!hasTool(id))(
      `${configPath(id, 'buffering')} makes 15 events wait for a timer each`,
      async () => {
        const held = await lockstep(id, 'buffering', { events: 15 });
        const flowing = await lockstep(id, 'passthrough', { events: 15 });
        expect(held).toMatchObject({ delivered: 15, stalledAt: null });
        // 200 ms each, and at least half of that if the timer was running already.
        expect(held.tookMs).toBeGreaterThan(15 * 100);
        expect(flowing.tookMs).toBeLessThan(held.tookMs / 2);
      },
    );
  }
});
