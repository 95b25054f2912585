import { median } from '../statistics.ts';
import type { JudgeOptions, ReportHold } from '../types.ts';
import { findBlockBytes } from './block-size.ts';
import { held } from './classify.ts';
import type { Watched } from './compare.ts';

/** A first release later than this is worth a thought about who kept it. */
const LATE_FIRST_MS = 1_000;
/** So many events at once are a backlog. */
const BACKLOG_EVENTS = 3;
/** So many releases cut inside an event are no accident of packet sizes. */
const LEAST_CUT_RELEASES = 3;

/**
 * What the shape of the arrivals alone says about a stream without stamps and without a nearer hop: only shapes
 * that a sender does not produce by itself count.
 */
export function paceHold(hop: Watched, options: JudgeOptions): ReportHold | null {
  const { releases, events, bodyBytes } = hop.timeline;
  const { marks, end } = hop.observation;
  const withEvents = releases.filter((release) => release.events > 0);
  const first = withEvents[0];
  if (first === undefined) return null;
  const firstAfterMs = first.atMs - marks.startMs;
  const late = firstAfterMs > Math.max(LATE_FIRST_MS, 2 * options.maxHoldMs);
  if (late && first.events >= BACKLOG_EVENTS) {
    const ended = end !== null && end.reason !== 'stopped-by-probe';
    const whole = first.events >= events.length * 0.9;
    if (ended && whole) return { ...held('until-close'), atLeastBytes: bodyBytes };
    // A sender that sends in bursts goes on in bursts; a backlog comes once.
    const later = median(withEvents.slice(1).map((release) => release.events));
    if (!(later * 2 > first.events)) return held('initial');
  }
  const withBody = releases.filter((release) => release.bytes > 0);
  const inner = withBody.slice(0, -1);
  const cut = inner.filter((release) => release.cutsEvent).length;
  const blockBytes = findBlockBytes(withBody);
  if (
    cut >= LEAST_CUT_RELEASES &&
    cut >= inner.length * 0.6 &&
    blockBytes !== null &&
    spread(
      inner.map((r) => r.atMs),
      options,
    )
  ) {
    return { ...held('until-full'), blockBytes };
  }
  return null;
}

/** Blocks of a fast transfer follow each other at once; a held stream's blocks wait to be filled. */
function spread(timesMs: number[], options: JudgeOptions): boolean {
  const gaps = timesMs.slice(1).map((atMs, i) => atMs - (timesMs[i] ?? 0));
  return gaps.filter((gap) => gap > options.maxHoldMs).length >= gaps.length * 0.6;
}
