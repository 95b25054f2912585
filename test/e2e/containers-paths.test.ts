import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { Report, ReportHop } from '../../src/types.ts';
import { buildStand, findImages, type ServiceName, type Stand } from '../support/containers.ts';
import { runLockstep } from '../support/lockstep-client.ts';
import { hasTool } from '../support/tools.ts';

const EVENTS = 8;
const INTERVAL_MS = 400;
const FIRST_DELAY_MS = 1_000;
const STREAM_MS = FIRST_DELAY_MS + (EVENTS - 1) * INTERVAL_MS;
/** Building the image on a machine that has none of its layers takes a while. */
const SETUP_WITHIN_MS = 600_000;

describe.skipIf(!hasTool('docker'))('containers on a real Docker engine', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await buildStand(await findImages());
    const pace = ['--interval', `${INTERVAL_MS}ms`, '--first-delay', `${FIRST_DELAY_MS}ms`];
    await stand.startUnclog('origin', ['origin', '--events', String(EVENTS), ...pace]);
    await stand.startUnclog('gateway', ['gateway', '--upstream', 'http://origin:8000']);
    await stand.startNginx('nginx-buffered', 'buffered.conf');
    await stand.startNginx('nginx-passthrough', 'passthrough.conf');
    await stand.startNginx('nginx-newer-default', 'newer-default.conf');
    await stand.startNginx('nginx-gateway-front', 'gateway-front.conf');
  }, SETUP_WITHIN_MS);

  afterAll(() => stand?.close(), 60_000);

  /** Probes the origin and, behind it, one more path. */
  async function probe(service: ServiceName): Promise<{ report: Report; hop: ReportHop }> {
    const report = await runProbe(
      [
        { name: 'origin', url: `${stand.url('origin')}/stream` },
        { name: service, url: `${stand.url(service)}/stream` },
      ],
      { waitFirstMs: STREAM_MS + 15_000, durationMs: STREAM_MS + 5_000 },
    );
    expect(report.hops[0]).toMatchObject({ verdict: 'streaming', events: { count: EVENTS } });
    const hop = report.hops[1];
    if (hop === undefined) throw new Error('the report lacks a hop');
    return { report, hop };
  }

  it('nginx with the settings that hold, holds to the end', async () => {
    const { report, hop } = await probe('nginx-buffered');
    expect(hop.verdict).toBe('held');
    expect(hop.hold?.kind).toBe('until-close');
    // Every event came with the last one: the first was held for the rest of the stream.
    expect(hop.events.count).toBe(EVENTS);
    expect(hop.events.holdMs?.max).toBeGreaterThan((EVENTS - 2) * INTERVAL_MS);
    expect(report.findings).toContainEqual(
      expect.objectContaining({ id: 'held-until-close', hop: 'nginx-buffered', confidence: 'proven' }),
    );
  });

  it("nginx's own fix lets it stream", async () => {
    const { hop } = await probe('nginx-passthrough');
    expect(hop.verdict).toBe('streaming');
    expect(hop.events.count).toBe(EVENTS);
  });

  it('the gateway streams', async () => {
    const { hop } = await probe('gateway');
    expect(hop.verdict).toBe('streaming');
    expect(hop.events.count).toBe(EVENTS);
  });

  it('nginx with the settings that hold streams in front of the gateway', async () => {
    const { hop } = await probe('nginx-gateway-front');
    expect(hop.verdict).toBe('streaming');
    expect(hop.events.count).toBe(EVENTS);
  });

  it('nginx as it is since 1.29.7 lets the events flow and holds the head', async () => {
    const { hop } = await probe('nginx-newer-default');
    expect(hop.verdict).toBe('held');
    expect(hop.hold?.kind).toBe('head-only');
    expect(hop.events.count).toBe(EVENTS);
  });

  // Event n+1 is sent only after event n arrived here: no stopwatch that a busy machine could bend.
  const lockstep = (service: ServiceName, patienceMs: number) =>
    runLockstep({
      through: stand.url(service),
      direct: stand.url('origin'),
      events: 30,
      awaitHead: service !== 'nginx-newer-default',
      patienceMs,
    });

  it.each(['gateway', 'nginx-passthrough', 'nginx-gateway-front', 'nginx-newer-default'] as const)(
    '%s passes event by event',
    async (service) => {
      expect(await lockstep(service, 10_000)).toMatchObject({ delivered: 30, stalledAt: null });
    },
  );

  it('nginx-buffered stops before the first event', async () => {
    expect(await lockstep('nginx-buffered', 1_500)).toMatchObject({ delivered: 0, stalledAt: 0 });
  });
});
