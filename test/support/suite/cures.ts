import { expect } from 'vitest';
import { createGateway } from '../../../src/gateway/gateway.ts';
import { INTERMEDIARY_BY_ID } from '../../../src/knowledge/intermediaries/index.ts';
import { CURES, type Cure, type Measured } from '../../../src/knowledge/intermediary.ts';
import type { Report, ReportHop } from '../../../src/types.ts';
import type { Buffering } from '../drivers/pair.ts';
import { probeCalmly } from '../intermediary.ts';
import { type ProductPair, type RunningHalf, startHalf } from './pairs.ts';

/** Half of the 200 ms of HAProxy and Apache: room on both sides for what a busy machine does. */
const MAX_HOLD_MS = 100;
const STREAM_PATHS = ['/stream', '/.well-known/unclog/stream'];

/** What the knowledge base says was measured with this configuration. */
export function measuredOf({ product, buffering }: ProductPair): Measured | null {
  if (buffering?.measured === undefined) return null;
  const measured = INTERMEDIARY_BY_ID.get(product)?.measured?.[buffering.measured];
  if (measured === undefined)
    throw new Error(
      `the knowledge base has nothing measured of ${product} with number ${buffering.measured}`,
    );
  return measured;
}

/** What an origin can send, and where the gateway helps: with this, and with nothing else, the stream flows. */
export async function expectCures(
  origin: string,
  pair: ProductPair,
  { path }: Buffering,
  half: RunningHalf,
  measured: Measured,
): Promise<void> {
  const parts: { close(): Promise<void> }[] = [];
  const keep = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    parts.push(part);
    return part;
  };
  const gateway = (upstream: string) =>
    keep(createGateway({ upstream, listen: { host: '127.0.0.1', port: 0 }, streamPaths: STREAM_PATHS }));
  try {
    const [behind, front] = await Promise.all([gateway(origin), gateway(half.url)]);
    const overGateway = await keep(startHalf(pair, 'buffering', behind.url));
    const hopOf = async (url: string, parameters = '') =>
      (await probe(origin, url, path + parameters)).hops[1];
    const ways: Record<Cure, Promise<ReportHop | undefined>> = {
      'x-accel-buffering': hopOf(half.url, '&opt-out=x-accel-buffering'),
      incremental: hopOf(half.url, '&opt-out=incremental'),
      'no-transform': hopOf(half.url, '&opt-out=no-transform'),
      'gateway-behind': hopOf(overGateway.url),
      'gateway-in-front': hopOf(front.url),
    };
    const control = await probe(origin, half.url, path);
    expect(errorsOf(control)).toContain(measured.finding);
    const outcomes = await Promise.all(CURES.map((cure) => ways[cure]));
    expect(CURES.filter((_, i) => outcomes[i]?.verdict === 'streaming')).toEqual(measured.curedBy);
    const others = outcomes.filter((hop) => hop?.verdict !== 'streaming');
    for (const hop of others) expect(hop?.verdict).toBe(control.verdict);
  } finally {
    for (const part of parts.reverse()) await part.close();
  }
}

function probe(origin: string, hop: string, path: string): Promise<Report> {
  const targets = [
    { name: 'origin', url: origin + path },
    { name: 'hop', url: hop + path },
  ];
  return probeCalmly(targets, { maxHoldMs: MAX_HOLD_MS, verifyTls: false });
}

function errorsOf({ findings }: Report): string[] {
  return findings.filter(({ severity, hop }) => severity === 'error' && hop === 'hop').map(({ id }) => id);
}
