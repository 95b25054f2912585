import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type RunningGateway } from '../../src/gateway/gateway.ts';
import { INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { CURES, type Cure, type Measured } from '../../src/knowledge/intermediary.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import type { Report } from '../../src/types.ts';
import {
  type Kind,
  type ProductId,
  probeCalmly,
  type RunningIntermediary,
  replaceAll,
  startIntermediary,
} from '../support/intermediary.ts';
import { hasTool } from '../support/tools.ts';

const PATH = '/.well-known/unclog/stream';
/**
 * Compressible, and large enough for every compressor. 80 ms is no near fraction of the 200 ms of HAProxy and Apache,
 * so that a little noise does not change which events leave together.
 */
const STREAM = `${PATH}?events=25&interval=80ms&size=600&fill=repeated`;
/** Slow enough to show a compressor that is one event behind. */
const SLOW = `${PATH}?events=14&interval=300ms&size=600&fill=repeated`;
/** Silent for 4 s in the middle. */
const QUIET = `${STREAM}&quiet-after=12&quiet=4s`;
/** Half of the 200 ms of HAProxy and Apache: room on both sides for what a busy machine does. */
const MAX_HOLD_MS = 100;
const LOCAL = { host: '127.0.0.1', port: 0 };

interface Case {
  id: ProductId;
  /** Which of the `measured` of the knowledge base this is. */
  index: number;
  kind: Kind;
  edit?: (text: string) => string;
  /** Default: {@link STREAM}. */
  path?: string;
}

const CASES: Case[] = [
  { id: 'haproxy', index: 0, kind: 'buffering' },
  {
    id: 'haproxy',
    index: 1,
    kind: 'passthrough',
    edit: (text) => text.replace(/^ *compression type .*$/m, ''),
    path: SLOW,
  },
  { id: 'caddy', index: 0, kind: 'buffering' },
  { id: 'apache', index: 0, kind: 'buffering' },
  { id: 'lighttpd', index: 0, kind: 'buffering' },
  { id: 'varnish', index: 0, kind: 'buffering' },
  {
    id: 'nghttpx',
    index: 0,
    kind: 'buffering',
    edit: (text) => replaceAll(text, 'backend-read-timeout=1m', 'backend-read-timeout=2s'),
    path: QUIET,
  },
];

/** What an origin can send, and where the gateway helps: the knowledge base against the real products. */
describe.concurrent('what cures a hold without a change of settings', () => {
  let origin: RunningOrigin;
  let behind: RunningGateway;
  const gateway = (upstream: string) =>
    createGateway({ upstream, listen: LOCAL, streamPaths: ['/stream', PATH] });
  const started = new Map<Measured, Ways>();

  async function start({ id, kind, edit }: Case): Promise<Ways> {
    const text = edit === undefined ? {} : { edit };
    const [hop, overGateway] = await Promise.all([
      startIntermediary(id, kind, { upstream: origin.url, ...text }),
      startIntermediary(id, kind, { upstream: behind.url, ...text }),
    ]);
    return { hop, overGateway, front: await gateway(hop.url) };
  }

  // All at once and before the first measurement: Varnish compiles its configuration.
  beforeAll(async () => {
    origin = await createOrigin({ listen: LOCAL });
    behind = await gateway(origin.url);
    const usable = CASES.filter(({ id }) => hasTool(id));
    await Promise.all(usable.map(async (one) => started.set(measuredOf(one), await start(one))));
  });
  afterAll(async () => {
    const parts = [...started.values()].flatMap(({ front, hop, overGateway }) => [front, hop, overGateway]);
    await Promise.all(parts.map((part) => part.close()));
    await behind.close();
    await origin.close();
  });

  const probe = (url: string): Promise<Report> =>
    probeCalmly([{ name: 'hop', url }], { maxHoldMs: MAX_HOLD_MS });

  for (const one of CASES) {
    const { id, path = STREAM } = one;
    const measured = measuredOf(one);
    const title = measured.curedBy.length === 0 ? 'nothing' : measured.curedBy.join(', ');

    it.skipIf(!hasTool(id))(`${id}, ${measured.setting}: ${title}`, async () => {
      const ways = started.get(measured);
      if (ways === undefined) throw new Error(`${id} was not started`);
      const [control, ...outcomes] = await Promise.all([
        probe(ways.hop.url + path),
        ...CURES.map((cure) => probe(cureUrl(cure, ways, path))),
      ]);
      const found = control?.findings.filter(({ severity }) => severity === 'error') ?? [];
      expect(found.map((finding) => finding.id)).toContain(measured.finding);
      const cured = CURES.filter((_, i) => outcomes[i]?.verdict === 'streaming');
      expect(cured).toEqual(measured.curedBy);
      const others = outcomes.filter(({ verdict }) => verdict !== 'streaming');
      for (const { verdict } of others) expect(verdict).toBe(control?.verdict);
    });
  }
});

function measuredOf({ id, index }: Case): Measured {
  const measured = INTERMEDIARY_BY_ID.get(id)?.measured?.[index];
  if (measured === undefined) throw new Error(`the knowledge base has nothing measured of ${id}`);
  return measured;
}

interface Ways {
  hop: RunningIntermediary;
  overGateway: RunningIntermediary;
  front: RunningGateway;
}

function cureUrl(cure: Cure, { hop, overGateway, front }: Ways, path: string): string {
  if (cure === 'gateway-behind') return overGateway.url + path;
  if (cure === 'gateway-in-front') return front.url + path;
  return `${hop.url}${path}&opt-out=${cure}`;
}
