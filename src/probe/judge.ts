import type { Confidence, HoldSample, HopFacts, JudgeOptions, ReportHold, Verdict } from '../types.ts';
import { classifyHold, held } from './classify.ts';
import { coincidesWithLag } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { LEAST_MATCHES, matchEvents } from './match.ts';
import { paceHold } from './pace.ts';
import type { Watched } from './watched.ts';

/** A status of a gateway that gave up waiting (RFC 9110 section 15.6; 524 is Cloudflare's). */
const GAVE_UP_STATUSES = new Set([502, 504, 524]);
/** A gateway that answers sooner did not wait: its upstream is down. */
const LEAST_WAIT_MS = 1_000;
/** Head and body that come within this time came in one moment. */
const SAME_MOMENT_MS = 20;
/** Share of the samples that may be doubtful because the prober itself was late. */
const MOST_UNSURE = 0.5;

export interface Judgement {
  verdict: Verdict;
  hold: ReportHold | null;
  holdConfidence: Confidence | null;
  judgedHoldMs: number | null;
}

/** What a judgement looks at. */
export interface JudgedHop {
  hop: Watched;
  comparison: Comparison;
  nearer: Watched | null;
  order: Pick<HopFacts, 'lost' | 'duplicated' | 'reordered' | 'rewritten'>;
}

/** The verdict on one hop; the rules in docs/how-it-judges.md, top to bottom. */
export function judgeHop(judged: JudgedHop, options: JudgeOptions): Judgement {
  const { hop, nearer, order } = judged;
  const { observation, timeline } = hop;
  if (observation.response === null) return judgeWithoutHead(hop, nearer);
  const status = observation.response.status;
  if (status < 200 || status > 299) return plain(gaveUpWaiting(hop) ? 'cut' : 'not-a-stream');
  if (timeline.format === 'other' || status === 204)
    return plain(isEmptyStream(hop) ? 'no-events' : 'not-a-stream');
  if (timeline.events.length === 0) return judgeWithoutEvents(hop, nearer);
  const lateness = judgeLateness(judged, options);
  if ([order.lost, order.duplicated, order.reordered, order.rewritten].some((count) => (count ?? 0) > 0)) {
    return { ...lateness, verdict: 'altered' };
  }
  const cut = brokenOff(hop) || endedBefore(hop, nearer) || endsWithoutMarker(hop);
  return cut ? { ...lateness, verdict: 'cut' } : lateness;
}

function plain(verdict: Verdict): Judgement {
  return { verdict, hold: null, holdConfidence: null, judgedHoldMs: null };
}

function judgeWithoutHead(hop: Watched, nearer: Watched | null): Judgement {
  const { code, phase } = hop.observation.error ?? { code: 'UNKNOWN', phase: 'connect' };
  if (code !== 'UNCLOG_TIMEOUT' && code !== 'UNCLOG_INTERRUPTED') return plain('unreachable');
  if (phase !== 'head' && phase !== 'request') return plain('unreachable');
  return heldBesideNearer(hop, nearer) ?? plain('inconclusive');
}

function judgeWithoutEvents(hop: Watched, nearer: Watched | null): Judgement {
  if (brokenOff(hop)) return plain('cut');
  return heldBesideNearer(hop, nearer) ?? plain('no-events');
}

/** A nearer hop delivered events all the while and this one none: held, at least so long and so much. */
function heldBesideNearer(hop: Watched, nearer: Watched | null): Judgement | null {
  const delivered = nearer?.timeline.events ?? [];
  const first = delivered[0];
  const untilMs = hop.observation.end?.atMs ?? hop.observation.error?.atMs ?? 0;
  const meanwhile = delivered.filter((event) => event.atMs < untilMs);
  const ended = hop.observation.end !== null && hop.observation.end.reason !== 'stopped-by-probe';
  if (first === undefined || ended || meanwhile.length < LEAST_MATCHES) return null;
  const hold: ReportHold = {
    ...held('until-close'),
    atLeastMs: Math.round(untilMs - first.atMs),
    atLeastBytes: nearer?.timeline.bodyBytes ?? null,
  };
  return { verdict: 'held', hold, holdConfidence: 'likely', judgedHoldMs: null };
}

function judgeLateness({ hop, comparison, nearer }: JudgedHop, options: JudgeOptions): Judgement {
  if (comparison.basis === 'pace' || comparison.basis === 'none') {
    const shape = paceHold(hop, nearer, options);
    if (shape === null) return plain('streaming');
    return { verdict: 'held', hold: shape, holdConfidence: 'likely', judgedHoldMs: null };
  }
  const errorMs = comparison.clockErrorMs ?? 0;
  const judgedHoldMs = judgedHold(comparison.holds) - errorMs;
  if (judgedHoldMs > options.maxHoldMs || backlogAtStart(comparison, options)) {
    const sureHoldMs = judgedHold(comparison.holds.filter((hold) => !hold.unsure)) - errorMs;
    const unsure = comparison.holds.filter((hold) => hold.unsure).length;
    if (unsure > comparison.holds.length * MOST_UNSURE || (unsure > 0 && sureHoldMs <= options.maxHoldMs)) {
      return { ...plain('inconclusive'), judgedHoldMs };
    }
    const { hold, confidence } = classifyHold(hop, comparison);
    return { verdict: 'held', hold, holdConfidence: confidence, judgedHoldMs };
  }
  if (headWaitedForBody(hop, comparison, options)) {
    return { verdict: 'held', hold: held('head-only'), holdConfidence: 'proven', judgedHoldMs };
  }
  // Late by more than allowed, unless that is the error of the clocks: neither verdict could be defended.
  const doubtful = errorMs > options.maxHoldMs && judgedHoldMs + errorMs > options.maxHoldMs;
  return { ...plain(doubtful ? 'inconclusive' : 'streaming'), judgedHoldMs };
}

/** p95 of the holds; of fewer than 20, the second largest; of one, that one. */
export function judgedHold(samples: HoldSample[]): number {
  const holds = samples.map((sample) => sample.holdMs).sort((a, b) => a - b);
  const rank = holds.length >= 20 ? Math.ceil(holds.length * 0.95) : Math.max(1, holds.length - 1);
  return holds[rank - 1] ?? 0;
}

/** A long stream whose first release only was late: a share too small for a percentile, and a hold all the same. */
function backlogAtStart(comparison: Comparison, options: JudgeOptions): boolean {
  const limitMs = options.maxHoldMs + (comparison.clockErrorMs ?? 0);
  const first = comparison.holds[0];
  if (first === undefined || first.holdMs <= limitMs) return false;
  const atMs = first.dueMs + first.holdMs;
  const together = comparison.holds.filter((hold) => Math.abs(hold.dueMs + hold.holdMs - atMs) <= 5);
  return together.length >= 3 && together.filter((hold) => hold.holdMs > limitMs).length >= 2;
}

/** The head was late and came in the very moment of the first body byte: somebody kept it for that. */
function headWaitedForBody(hop: Watched, comparison: Comparison, options: JudgeOptions): boolean {
  const { headMs } = hop.observation.marks;
  const { headHoldMs } = comparison;
  const firstBodyMs = hop.observation.chunks[0]?.atMs;
  if (headHoldMs === null || headMs === null || firstBodyMs === undefined) return false;
  const together = firstBodyMs - headMs <= SAME_MOMENT_MS;
  const sure = !coincidesWithLag(hop.observation, headMs, headHoldMs);
  // One head is one sample: how late single events are here tells what a moment of a busy machine can do to it.
  const noiseMs =
    Math.max(0, ...comparison.holds.map(({ holdMs }) => holdMs)) + (comparison.clockErrorMs ?? 0);
  return together && sure && headHoldMs - noiseMs > options.maxHoldMs;
}

function gaveUpWaiting(hop: Watched): boolean {
  const { response, marks } = hop.observation;
  const waitedMs = (marks.headMs ?? 0) - (marks.requestMs ?? marks.startMs);
  return GAVE_UP_STATUSES.has(response?.status ?? 0) && waitedMs >= LEAST_WAIT_MS;
}

/** An answer that names no type and has no body is an empty stream rather than something else. */
function isEmptyStream(hop: Watched): boolean {
  return (
    hop.timeline.bodyBytes === 0 &&
    hop.observation.response?.status !== 204 &&
    hop.timeline.contentType === null
  );
}

function brokenOff(hop: Watched): boolean {
  const reason = hop.observation.end?.reason;
  return reason === 'truncated' || reason === 'reset';
}

/** The answer ended, cleanly by its framing, without the event that ends an answer of its protocol. */
function endsWithoutMarker({ observation: { end }, timeline: { protocol } }: Watched): boolean {
  const over = end !== null && end.reason !== 'stopped-by-probe';
  // The stream that an MCP server opens for a GET may end at any time; its answers to a POST may not.
  return over && protocol !== null && protocol.name !== 'mcp' && !protocol.endMarker;
}

/** The answer ended, cleanly by its framing, while the nearer hop went on delivering the same stream. */
function endedBefore(hop: Watched, nearer: Watched | null): boolean {
  const { end } = hop.observation;
  if (end === null || end.reason === 'stopped-by-probe' || nearer === null) return false;
  const shared = new Set(matchEvents(hop, nearer)?.map(({ there }) => there));
  const missed = nearer.timeline.events.filter(
    (event) => event.atMs > end.atMs + LEAST_WAIT_MS && !shared.has(event),
  );
  return shared.size > 0 && missed.length >= 2;
}
