import { median } from '../statistics.ts';
import type { Confidence, HoldKind, HoldSample, ReportHold } from '../types.ts';
import { RELEASE_GAP_MS } from '../types.ts';
import { findBlockBytes } from './block-size.ts';
import type { Comparison } from './comparison.ts';
import type { Watched } from './watched.ts';

/** An answer that ends this soon after its last event released that event by ending. */
const AT_THE_END_MS = 100;
/** Lateness that jitter alone explains. */
const JITTER_MS = 20;
/** Share of a pattern that must agree: noise disturbs some of the releases on any shared machine. */
const MOST = 0.6;

/** What a compressor writes for one small event is no block. */
const LEAST_CODED_BLOCK_BYTES = 1_024;

/** How a hop holds, with how sure that is; null when the shape shows no hold. */
export interface Classification {
  hold: ReportHold;
  confidence: Confidence;
}

interface Arrival extends HoldSample {
  atMs: number;
}

/** Names the kind of hold in a stream already found late. Samples are in order of arrival. */
export function classifyHold(hop: Watched, comparison: Comparison): Classification {
  const kind = kindOf(hop, comparison);
  const confidence: Confidence =
    comparison.basis === 'stamps' || comparison.basis === 'first-hop' ? 'proven' : 'likely';
  return { hold: kind, confidence };
}

function kindOf(hop: Watched, comparison: Comparison): ReportHold {
  const arrivals = comparison.holds.map((hold) => ({ ...hold, atMs: hold.dueMs + hold.holdMs }));
  const late = JITTER_MS + (comparison.clockErrorMs ?? 0);
  if (releasedByTheEnd(hop, arrivals))
    return { ...held('until-close'), atLeastBytes: hop.timeline.bodyBytes };
  if (releasedOnceThenFlowing(arrivals, late)) return held('initial');
  const blockBytes = cutBySize(hop);
  // A compressor that lags cuts events as well; only a block size that fits speaks for a buffer then.
  const compressed = hop.timeline.contentCoding !== null;
  const bySize = blockBytes !== undefined && (!compressed || (blockBytes ?? 0) >= LEAST_CODED_BLOCK_BYTES);
  if (bySize) return { ...held('until-full'), blockBytes };
  if (eachReleasedByTheNext(hop, arrivals)) return held('one-behind');
  const constantMs = allEquallyLate(hop, arrivals, late);
  if (constantMs !== null) return { ...held('constant'), periodMs: Math.round(constantMs) };
  const periodMs = releasedPeriodically(hop, arrivals);
  if (periodMs !== null) return { ...held('for-time'), periodMs: Math.round(periodMs) };
  return held(blockBytes === undefined || oneByOne(hop) ? 'unknown' : 'until-full');
}

/** A release for each event: no buffer was filled. */
function oneByOne({ timeline }: Watched): boolean {
  return timeline.releases.filter(({ bytes }) => bytes > 0).length >= timeline.events.length * 0.8;
}

/** A hold of this kind with nothing measured about it yet. */
export function held(kind: HoldKind): ReportHold {
  return { kind, blockBytes: null, periodMs: null, atLeastMs: null, atLeastBytes: null };
}

/** Nearly everything came with, or right before, the end of the answer, though it was due over a longer time. */
function releasedByTheEnd(hop: Watched, arrivals: Arrival[]): boolean {
  const end = hop.observation.end;
  if (end === null || end.reason === 'stopped-by-probe' || arrivals.length < 2) return false;
  const atEnd = arrivals.filter((arrival) => arrival.atMs >= end.atMs - AT_THE_END_MS);
  const dueSpanMs = Math.max(...arrivals.map((a) => a.dueMs)) - Math.min(...arrivals.map((a) => a.dueMs));
  return atEnd.length >= arrivals.length * 0.9 && dueSpanMs > 2 * AT_THE_END_MS;
}

/** The first release carried a backlog; what came later came on time. */
function releasedOnceThenFlowing(arrivals: Arrival[], lateMs: number): boolean {
  const first = arrivals[0];
  if (first === undefined) return false;
  const backlog = arrivals.filter((arrival) => arrival.atMs - first.atMs <= RELEASE_GAP_MS);
  const rest = arrivals.slice(backlog.length);
  const stillLate = rest.filter((arrival) => arrival.holdMs > lateMs);
  return (
    first.holdMs > lateMs && backlog.length >= 2 && rest.length >= 3 && stillLate.length <= rest.length * 0.2
  );
}

/**
 * Releases that end inside an event were cut by a size: a sender writes whole events, and a timer lets whole
 * writes go. Undefined: not cut by size; null: by a size that could not be determined.
 */
function cutBySize(hop: Watched): number | null | undefined {
  const withBody = hop.timeline.releases.filter((release) => release.bytes > 0);
  const lastIsARest = hop.observation.end?.reason !== 'stopped-by-probe';
  const inner = lastIsARest ? withBody.slice(0, -1) : withBody;
  // A block may end where an event ends, by chance.
  const cut = inner.filter(
    ({ cutsEvent, bytes, wireBytes }) => cutsEvent || isPowerOfTwo(bytes) || isPowerOfTwo(wireBytes),
  );
  const enough = inner.length >= (lastIsARest ? 1 : 2) && cut.length >= inner.length * MOST;
  if (!enough || !cut.some(({ cutsEvent }) => cutsEvent)) return undefined;
  const blockBytes = findBlockBytes(withBody, hop.observation);
  // One block and a rest: of a compressor's bytes, that may as well be an accident.
  return inner.length < 2 && hop.timeline.contentCoding !== null && !isPowerOfTwo(blockBytes)
    ? undefined
    : blockBytes;
}

function isPowerOfTwo(bytes: number | null): boolean {
  return bytes !== null && Number.isInteger(Math.log2(bytes));
}

/**
 * Event n arrives when event n+1 is due, or the same short time later where the kernel waits for a full packet as well;
 * only an irregular pace or an on-time last event can show it.
 */
function eachReleasedByTheNext(hop: Watched, arrivals: Arrival[]): boolean {
  const pairs = arrivals.slice(0, -1).map((arrival, i) => ({
    behindMs: arrival.atMs - (arrivals[i + 1]?.dueMs ?? 0),
    gapMs: (arrivals[i + 1]?.dueMs ?? 0) - arrival.dueMs,
  }));
  if (pairs.length < 3) return false;
  const stillWaiting = hop.observation.end?.reason === 'stopped-by-probe';
  const lastOnTime = (arrivals.at(-1)?.holdMs ?? 0) < median(arrivals.map((a) => a.holdMs)) / 2;
  const matching = pairs.filter(
    ({ behindMs, gapMs }) => Math.abs(behindMs) <= Math.max(JITTER_MS, gapMs * 0.05),
  );
  if (matching.length >= pairs.length * 0.8) return lastOnTime || stillWaiting;
  const behindMs = pairs.map((pair) => pair.behindMs);
  const afterMs = quickest(behindMs);
  // Without the end that lets the last event go, a steady lateness of any length looks the same.
  const corked = afterMs >= CORK_TIMER_MS.least && afterMs <= CORK_TIMER_MS.most;
  return corked && lastOnTime && !stillWaiting && timedShare(behindMs, afterMs) >= MOST;
}

/** The end of an answer lets go of what waits: its last event may be on time whatever holds the others. */
function endReleased(hop: Watched, arrivals: Arrival[]): boolean {
  const { end } = hop.observation;
  const last = arrivals.at(-1);
  if (end === null || end.reason === 'stopped-by-probe' || last === undefined) return false;
  return end.atMs - last.atMs <= AT_THE_END_MS;
}

function allEquallyLate(hop: Watched, arrivals: Arrival[], lateMs: number): number | null {
  const counted = endReleased(hop, arrivals) && arrivals.length > 3 ? arrivals.slice(0, -1) : arrivals;
  const holds = counted.map(({ holdMs }) => holdMs);
  const constantMs = quickest(holds);
  return holds.length >= 2 && constantMs > lateMs && timedShare(holds, constantMs) >= 0.8 ? constantMs : null;
}

/**
 * Linux lets a corked socket go 200 ms after its first byte (tcp(7), TCP_CORK): the timer that sets the beat of
 * a proxy that announces more data with every write.
 */
const CORK_TIMER_MS = { least: 190, most: 230 };

/**
 * Releases come at a beat that is slower than the events are due: at a steady period, or always the same time after
 * the oldest event that waits, as a timer does that starts with the first byte.
 */
function releasedPeriodically(hop: Watched, arrivals: Arrival[]): number | null {
  const beats: { atMs: number; oldestHoldMs: number }[] = [];
  for (const { atMs, holdMs } of arrivals) {
    const last = beats.at(-1);
    if (last === undefined || atMs - last.atMs > RELEASE_GAP_MS) beats.push({ atMs, oldestHoldMs: holdMs });
  }
  const periods = beats.slice(1).map((beat, i) => beat.atMs - (beats[i]?.atMs ?? 0));
  if (periods.length < 2 || arrivals.length < beats.length * 1.3) return null;
  const periodMs = median(periods);
  const timed = endReleased(hop, arrivals) ? beats.slice(0, -1) : beats;
  const oldest = timed.map((beat) => beat.oldestHoldMs);
  const timerMs = quickest(oldest);
  const byTimer = timedShare(oldest, timerMs) >= MOST;
  if (byTimer && timerMs >= CORK_TIMER_MS.least && timerMs <= CORK_TIMER_MS.most) return timerMs;
  const near = periods.filter((period) => Math.abs(period - periodMs) <= Math.max(JITTER_MS, periodMs * 0.2));
  if (near.length >= periods.length * MOST) return periodMs;
  return byTimer ? timerMs : null;
}

/** What a timer is set to, seen on a machine that is late at times and never early: the lower quartile. */
function quickest(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.floor((ascending.length - 1) / 4)] ?? Number.NaN;
}

/** Share of the values that are the timer's, or a little more where the machine was late. */
function timedShare(values: readonly number[], timerMs: number): number {
  const early = Math.max(JITTER_MS, timerMs * 0.1);
  const late = Math.max(2 * JITTER_MS, timerMs * 0.3);
  return values.filter((value) => value >= timerMs - early && value <= timerMs + late).length / values.length;
}
