import { expect } from 'vitest';
import { runExperiments } from '../../../src/probe/experiment/run-experiments.ts';
import type { Finding, ReportHop } from '../../../src/types.ts';
import type { Buffering } from '../drivers/pair.ts';
import { type LockstepRun, runLockstep } from '../lockstep-client.ts';
import { expectFirstFix, expectLaterFix, probeBeside, said } from './judging.ts';
import type { ProductPair, RunningHalf } from './pairs.ts';

/** Events of 600 bytes to a client that accepts gzip, so that whoever compresses does. */
const COMPRESSIBLE: Pick<LockstepRun, 'eventBytes' | 'parameters' | 'headers'> = {
  eventBytes: 600,
  parameters: { fill: 'repeated' },
  headers: { 'Accept-Encoding': 'gzip' },
};

/** The probe says of a failing configuration what the pair declares, and offers what the other half has. */
export async function expectVerdict(
  origin: string,
  pair: ProductPair,
  buffering: Buffering,
  half: RunningHalf,
): Promise<void> {
  const report = await probeBeside(origin, pair, half, buffering.path);
  const { hop, errors } = said(report, pair.product);
  expect(report.hops[0]?.verdict).toBe('streaming');
  const { verdict, hold, findings } = buffering;
  expect(hop).toMatchObject({ verdict, hold: hold && { kind: hold.kind } });
  expectHold(hop, hold);
  expect(errors.map((one) => one.id).sort()).toEqual([...findings].sort());
  const others = report.findings.filter(
    ({ hop: name, severity }) => name === pair.product && severity !== 'error',
  );
  const warned = (buffering.warnings ?? []).flatMap((id) => others.filter((one) => one.id === id));
  expect(warned.map(({ id }) => id)).toEqual(buffering.warnings ?? []);
  expectProduct(hop, pair, buffering);
  const toMend = [...errors, ...warned];
  if (toMend.length > 0) await expectFix(pair, buffering, toMend, half);
}

async function expectFix(
  pair: ProductPair,
  { fix }: Buffering,
  findings: Finding[],
  half: RunningHalf,
): Promise<void> {
  if (fix === undefined) await expectFirstFix(pair, findings, half.text);
  if (fix === 'later') await expectLaterFix(pair, findings, half.text);
}

/** Experiments find what no plain measurement can: what becomes of requests, of readers that leave, of second readers. */
export async function expectExperiments(
  pair: ProductPair,
  buffering: Buffering,
  half: RunningHalf,
): Promise<void> {
  const report = await runExperiments([{ name: pair.product, url: half.url }], {
    durationMs: 2_000,
    parallel: 16,
    verifyTls: false,
  });
  for (const id of buffering.experiments ?? []) {
    const found = report.findings.filter((one) => one.id === id);
    expect(found, `findings: ${report.findings.map((one) => one.id).join(', ')}`).toHaveLength(1);
    await expectFix(pair, buffering, found, half);
  }
}

function expectHold(hop: ReportHop, hold: Buffering['hold']): void {
  if (hold?.blockBytes !== undefined) expect(hop.hold?.blockBytes).toBe(hold.blockBytes);
  if (hold?.periodMs === undefined) return;
  expect(hop.hold?.periodMs).toBeGreaterThanOrEqual(hold.periodMs[0]);
  expect(hop.hold?.periodMs).toBeLessThanOrEqual(hold.periodMs[1]);
}

function expectProduct(hop: ReportHop, { product }: ProductPair, buffering: Buffering): void {
  const wanted = buffering.product === undefined ? { id: product } : buffering.product;
  if (wanted === null) return;
  const sure = 'confidence' in wanted ? /./ : /^(certain|likely)$/;
  expect(hop.intermediaries).toContainEqual(
    expect.objectContaining({ id: wanted.id, confidence: expect.stringMatching(sure) }),
  );
}

/** How lockstep shows a hold: the event that is waited for does not come, or each comes after a timer. */
export type LockstepSign = 'stalls' | 'waits' | null;

export function lockstepSign({ hold }: Buffering): LockstepSign {
  if (hold === null) return null;
  if (hold.kind === 'until-close' || hold.kind === 'one-behind') return 'stalls';
  return hold.kind === 'for-time' || hold.kind === 'constant' ? 'waits' : null;
}

/** A stream of which no event comes while there is no second one: no stopwatch, so no busy machine can lie. */
export async function expectStalled(origin: string, half: RunningHalf): Promise<void> {
  const run = { through: half.url, direct: origin, events: 5, patienceMs: 1_000, ...COMPRESSIBLE };
  expect(await runLockstep(run)).toMatchObject({ stalledAt: 1 });
}

const WAITING_EVENTS = 15;

/** Every event waits for a timer of 200 ms, and at least half of that if the timer was running already. */
export async function expectWaiting(origin: string, half: RunningHalf): Promise<void> {
  const startedMs = performance.now();
  const run = { through: half.url, direct: origin, events: WAITING_EVENTS, ...COMPRESSIBLE };
  expect(await runLockstep(run)).toMatchObject({ delivered: WAITING_EVENTS, stalledAt: null });
  expect(performance.now() - startedMs).toBeGreaterThan(WAITING_EVENTS * 100);
}
