import { survivor } from '../knowledge/cut.ts';
import { detectIntermediaries } from '../knowledge/detect.ts';
import { runRules } from '../knowledge/run-rules.ts';
import { suspectFromHold } from '../knowledge/suspect.ts';
import { buildReport } from '../report/build-report.ts';
import type { DetectedIntermediary, HopFacts, JudgeOptions, Observation, Report } from '../types.ts';
import { measuredInBrowser } from './browser-facts.ts';
import { readClock } from './clock-offset.ts';
import { compareHop } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { judgeHop } from './judge.ts';
import { nextCommand } from './next-command.ts';
import { checkOrder } from './order.ts';
import { overdueSamples } from './overdue.ts';
import { collectWarnings } from './warnings.ts';
import type { Watched } from './watched.ts';

/** The thresholds' defaults: CONTRACT `--max-hold`, `--max-first-event`. */
export const JUDGE_DEFAULTS: JudgeOptions = { maxHoldMs: 180, maxFirstEventMs: null };

/**
 * Judges recordings whose events were read: pure, no network, no clock, nothing of Node, so that a page judges as the
 * command line does. The first one is the hop nearest to the origin.
 *
 * @param watched one per hop, in order from the origin outward; at least one
 * @param options thresholds; each defaults to {@link JUDGE_DEFAULTS}
 */
export function diagnoseWatched(watched: Watched[], options: Partial<JudgeOptions> = {}): Report {
  const judge = { ...JUDGE_DEFAULTS, ...options };
  const hops = collectFacts(watched, judge);
  const { findings, warnings } = runRules(hops, judge);
  const startedAtEpochMs = Math.min(
    ...watched.map(({ observation: one }) => one.startedAtEpochMs + one.marks.startMs),
  );
  return buildReport(hops, findings, {
    startedAt: new Date(startedAtEpochMs),
    warnings: [...collectWarnings(hops), ...warnings],
    next: nextCommand(hops, findings),
  });
}

function collectFacts(watched: Watched[], options: JudgeOptions): HopFacts[] {
  const facts = watched.map((hop, index) => factsOf(hop, index, watched, options));
  // What was cut on a tunnel of one's own is a warning: the way that users take went on.
  return facts.map((hop) =>
    hop.verdict === 'cut' && survivor(hop, facts) !== null ? { ...hop, verdict: 'streaming' } : hop,
  );
}

function factsOf(hop: Watched, index: number, watched: Watched[], options: JudgeOptions): HopFacts {
  const before = watched.slice(0, index).reverse();
  const nearer = before.find((other) => other.timeline.events.length > 0) ?? null;
  const comparison = withOverdue(hop, nearer, compareHop(hop, watched.slice(0, index)));
  const order = checkOrder(hop, nearer);
  const judgement = judgeHop({ hop, comparison, nearer, order }, options);
  const facts: HopFacts = {
    index,
    name: hop.observation.hop,
    observation: hop.observation,
    timeline: hop.timeline,
    holdBasis: comparison.basis,
    holds: comparison.holds,
    clockErrorMs: comparison.clockErrorMs,
    clock: readClock(hop.observation),
    headHoldMs: comparison.headHoldMs,
    constantMs: comparison.constantMs,
    hold: judgement.hold,
    holdConfidence: judgement.holdConfidence,
    judgedHoldMs: judgement.judgedHoldMs,
    ...order,
    intermediaries: whoStandsThere(hop.observation, watched[index - 1]?.observation ?? null),
    verdict: judgement.verdict,
    ...measuredInBrowser(hop.observation),
  };
  return { ...facts, intermediaries: withSuspects(facts) };
}

/** Where no mark names what stands there, the way it holds may: only ever `possible`. */
function withSuspects(facts: HopFacts): DetectedIntermediary[] {
  const { intermediaries } = facts;
  if (intermediaries.some(({ confidence }) => confidence !== 'possible')) return intermediaries;
  const suspects = suspectFromHold(facts).filter(({ id }) => !intermediaries.some((one) => one.id === id));
  return [...intermediaries, ...suspects];
}

/** A hop that keeps even the head is known by its answer to a short request, though that may come from another route. */
export function whoStandsThere(observation: Observation, nearer: Observation | null): DetectedIntermediary[] {
  const { response, pathHeaders } = observation;
  if (response !== null || pathHeaders === undefined) return detectIntermediaries(observation, nearer);
  const short: Observation['response'] = {
    status: 200,
    reason: '',
    httpVersion: '1.1',
    headers: pathHeaders,
    framing: 'content-length',
  };
  return detectIntermediaries({ ...observation, response: short }, null).map((found) => ({
    ...found,
    confidence: found.confidence === 'certain' ? 'likely' : found.confidence,
  }));
}

/** Facts of one recording by itself: what experiments compare, since each of their streams is made for its own request. */
export function collectOwnFacts(hop: Watched, options: JudgeOptions): HopFacts {
  return factsOf(hop, 0, [hop], options);
}

function withOverdue(hop: Watched, nearer: Watched | null, comparison: Comparison): Comparison {
  if (nearer === null || comparison.holds.length === 0) return comparison;
  return { ...comparison, holds: [...comparison.holds, ...overdueSamples(hop, nearer)] };
}
