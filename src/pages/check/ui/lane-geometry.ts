import type { Burst, LaneView, Mark } from './view.ts';

/** An event later than this has a line that a person sees slanting. The default of `--max-hold`. */
export const LATE_MS = 180;

/** Arrivals closer to each other than this came together, as far as a person can tell. */
const TOGETHER_MS = 30;

/** Shorter silence is drawn, and not written. */
const SILENT_MS = 1000;

/** From how many on it is a burst. */
const BURST_EVENTS = 3;

/** True for an event whose lateness a reader should see. */
export function isLate(mark: Mark): boolean {
  return mark.holdMs > LATE_MS;
}

/** The longest hold on a lane; null with no event. */
export function longestHold(marks: readonly Mark[]): number | null {
  return marks.length === 0 ? null : Math.max(...marks.map(({ holdMs }) => holdMs));
}

/** Events that arrived in one go although they were sent one by one. */
export function findBursts(marks: readonly Mark[]): Burst[] {
  const bursts: Burst[] = [];
  let from = 0;
  for (let index = 1; index <= marks.length; index++) {
    const before = marks[index - 1];
    const mark = marks[index];
    if (before !== undefined && mark !== undefined && mark.arrivedMs - before.arrivedMs < TOGETHER_MS)
      continue;
    const group = marks.slice(from, index);
    from = index;
    if (before !== undefined && group.length >= BURST_EVENTS && group.some(isLate)) {
      bursts.push({ atMs: before.arrivedMs, count: group.length });
    }
  }
  return bursts;
}

/** How long nothing has arrived although something was due; null where nothing is outstanding. */
export function silentForMs(lane: LaneView): number | null {
  const oldest = lane.missingMs[0];
  if (lane.state !== 'running' || oldest === undefined) return null;
  const silent = lane.untilMs - Math.max(oldest, lane.marks.at(-1)?.arrivedMs ?? 0);
  return silent > SILENT_MS ? silent : null;
}
