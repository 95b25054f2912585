import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type RunningGateway } from '../../src/gateway/gateway.ts';
import { INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { CURES, type Cure, type Measured } from '../../src/knowledge/intermediary.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import type { Report } from '../../src/types.ts';
import { probeCalmly } from '../support/intermediary.ts';
import { allPairs, type ProductPair, type RunningHalf, startHalf } from '../support/suite/pairs.ts';

const PATH = '/.well-known/unclog/stream';
/** Half of the 200 ms of HAProxy and Apache: room on both sides for what a busy machine does. */
const MAX_HOLD_MS = 100;
const LOCAL = { host: '127.0.0.1', port: 0 };

interface Case {
  pair: ProductPair;
  measured: Measured;
  path: string;
}

/** Every configuration that shows something `measured` of the knowledge base. */
const CASES: Case[] = allPairs().flatMap((pair) => {
  const { buffering } = pair;
  if (buffering?.measured === undefined) return [];
  return [{ pair, measured: measuredOf(pair.product, buffering.measured), path: buffering.path }];
});

/** What an origin can send, and where the gateway helps: the knowledge base against the real products. */
describe.concurrent('what cures a hold without a change of settings', () => {
  let origin: RunningOrigin;
  let behind: RunningGateway;
  const gateway = (upstream: string) =>
    createGateway({ upstream, listen: LOCAL, streamPaths: ['/stream', PATH] });
  const started = new Map<Measured, Ways>();

  async function start({ pair }: Case): Promise<Ways> {
    const [hop, overGateway] = await Promise.all(
      [origin, behind].map(({ url }) => startHalf(pair, 'buffering', url)),
    );
    if (hop === undefined || overGateway === undefined) throw new Error(`${pair.product} was not started`);
    return { hop, overGateway, front: await gateway(hop.url) };
  }

  // All at once and before the first measurement: Varnish compiles its configuration.
  beforeAll(async () => {
    origin = await createOrigin({ listen: LOCAL });
    behind = await gateway(origin.url);
    const usable = CASES.filter(({ pair }) => pair.usable);
    await Promise.all(usable.map(async (one) => started.set(one.measured, await start(one))));
  });
  afterAll(async () => {
    const parts = [...started.values()].flatMap(({ front, hop, overGateway }) => [front, hop, overGateway]);
    await Promise.all(parts.map((part) => part.close()));
    await behind.close();
    await origin.close();
  });

  const probe = (url: string): Promise<Report> =>
    probeCalmly([{ name: 'hop', url }], { maxHoldMs: MAX_HOLD_MS, verifyTls: false });

  for (const { pair, measured, path } of CASES) {
    const title = measured.curedBy.length === 0 ? 'nothing' : measured.curedBy.join(', ');

    it.skipIf(!pair.usable)(`${pair.product}, ${measured.setting}: ${title}`, async () => {
      const ways = started.get(measured);
      if (ways === undefined) throw new Error(`${pair.product} was not started`);
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

function measuredOf(id: string, index: number): Measured {
  const measured = INTERMEDIARY_BY_ID.get(id)?.measured?.[index];
  if (measured === undefined)
    throw new Error(`the knowledge base has nothing measured of ${id} with number ${index}`);
  return measured;
}

interface Ways {
  hop: RunningHalf;
  overGateway: RunningHalf;
  front: RunningGateway;
}

function cureUrl(cure: Cure, { hop, overGateway, front }: Ways, path: string): string {
  if (cure === 'gateway-behind') return overGateway.url + path;
  if (cure === 'gateway-in-front') return front.url + path;
  return `${hop.url}${path}&opt-out=${cure}`;
}
