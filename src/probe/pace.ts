import { median } from '../statistics.ts';
import type { JudgeOptions, Release, ReportHold } from '../types.ts';
import { findBlockBytes } from './block-size.ts';
import { held } from './classify.ts';
import { batchedShare, LEAST_MATCHES } from './match.ts';
import type { Watched } from './watched.ts';

/** A first release later than this is worth a thought about who kept it. */
const LATE_FIRST_MS = 1_000;
/** So many events at once are a backlog. */
const BACKLOG_EVENTS = 3;
/** So many releases cut inside an event are no accident of packet sizes. */
const LEAST_CUT_RELEASES = 3;
/** A hop that batches brings this much larger a share of the events together with the one before. */
const MORE_BATCHED = 0.4;
/** So many pauses between batches, at least. */
const LEAST_PAUSES = 2;
/** Share of the releases that must agree with a pattern. */
const MOST = 0.6;

/**
 * What the shape of the arrivals alone says about a stream whose events cannot be compared one by one: shapes that
 * a sender does not produce by itself, and a pace that the nearer hop does not show.
 */
export function paceHold(hop: Watched, nearer: Watched | null, options: JudgeOptions): ReportHold | null {
  return backlog(hop, options) ?? blocks(hop, options) ?? batchedBeside(hop, nearer, options);
}

/** A late first release that carries as many events as the wait would have produced. */
function backlog(hop: Watched, options: JudgeOptions): ReportHold | null {
  const { releases, events, bodyBytes } = hop.timeline;
  const { marks, end } = hop.observation;
  const withEvents = releases.filter((release) => release.events > 0);
  const [first, ...later] = withEvents;
  if (first === undefined || first.events < BACKLOG_EVENTS) return null;
  const waitedMs = first.atMs - (marks.requestMs ?? marks.startMs);
  if (waitedMs <= Math.max(LATE_FIRST_MS, 2 * options.maxHoldMs)) return null;
  const ended = end !== null && end.reason !== 'stopped-by-probe';
  const whole = first.events >= events.length * 0.9;
  if (ended && whole) return { ...held('until-close'), atLeastBytes: bodyBytes };
  // A sender that sends in bursts goes on in bursts, and one that thinks first has little to say at first.
  const usualEvents = median(later.map((release) => release.events));
  const usualGapMs = median(gapsOf(withEvents));
  const burst = usualEvents * 2 > first.events;
  const fewer = first.events < (waitedMs / usualGapMs) * usualEvents * 0.5;
  return later.length < BACKLOG_EVENTS || burst || fewer ? null : held('initial');
}

function blocks(hop: Watched, options: JudgeOptions): ReportHold | null {
  const withBody = hop.timeline.releases.filter((release) => release.bytes > 0);
  const inner = withBody.slice(0, -1);
  const cut = inner.filter((release) => release.cutsEvent).length;
  if (cut < LEAST_CUT_RELEASES || cut < inner.length * MOST) return null;
  const blockBytes = findBlockBytes(withBody, hop.observation);
  // Blocks of a fast transfer follow each other at once; a held stream's blocks wait to be filled.
  const slow = gapsOf(inner).filter((gap) => gap > options.maxHoldMs);
  return blockBytes === null || slow.length < gapsOf(inner).length * MOST
    ? null
    : { ...held('until-full'), blockBytes };
}

/** Nearer to the origin events come one by one, here several at once with pauses in between. */
function batchedBeside(hop: Watched, nearer: Watched | null, options: JudgeOptions): ReportHold | null {
  const { events } = hop.timeline;
  if (nearer === null || nearer.timeline.events.length < LEAST_MATCHES || events.length < LEAST_MATCHES)
    return null;
  const more = batchedShare(events) - batchedShare(nearer.timeline.events);
  const gaps = gapsOf(hop.timeline.releases.filter((release) => release.events > 0));
  const pauseMs = median(gaps);
  if (more < MORE_BATCHED) return null;
  if (gaps.length < LEAST_PAUSES) return collectedFirst(hop, nearer, options);
  if (pauseMs <= options.maxHoldMs) return null;
  const steady = gaps.filter((gap) => Math.abs(gap - pauseMs) <= pauseMs * 0.2);
  return steady.length >= gaps.length * MOST
    ? { ...held('for-time'), periodMs: Math.round(pauseMs) }
    : held('unknown');
}

/**
 * A short answer in one or two releases has no pauses to compare. What the nearer hop delivered one by one was collected
 * here when the first release comes as late as its share of the events took there: an answer replayed from a store is sooner.
 */
function collectedFirst(hop: Watched, nearer: Watched, options: JudgeOptions): ReportHold | null {
  const { releases, events, bodyBytes } = hop.timeline;
  const first = releases.find((release) => release.events > 0);
  if (first === undefined) return null;
  const producedMs = (delayOfLast(nearer) - delayOfFirst(nearer)) * (first.events / events.length);
  const lateMs = delayOfFirst(hop) - delayOfFirst(nearer);
  if (producedMs <= 2 * options.maxHoldMs || lateMs < producedMs * MOST) return null;
  const { end } = hop.observation;
  const ended = end !== null && end.reason !== 'stopped-by-probe';
  return ended && first.events >= events.length * 0.9
    ? { ...held('until-close'), atLeastBytes: bodyBytes }
    : held('unknown');
}

function delayOfFirst({ timeline: { events }, observation: { marks } }: Watched): number {
  return (events[0]?.atMs ?? 0) - (marks.requestMs ?? marks.startMs);
}

function delayOfLast({ timeline: { events }, observation: { marks } }: Watched): number {
  return (events.at(-1)?.atMs ?? 0) - (marks.requestMs ?? marks.startMs);
}

function gapsOf(releases: Release[]): number[] {
  return releases.slice(1).map((release, i) => release.atMs - (releases[i]?.atMs ?? 0));
}
