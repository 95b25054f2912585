import type { HoldSample, TriggerRun } from '../types.ts';
import type { Comparison } from './comparison.ts';
import type { Watched } from './watched.ts';

/**
 * Lateness of each event that a trigger command made happen, counted from the command's end: by then the event has
 * happened, so that the hold is never overstated by what the command itself takes. What the application does after
 * that is part of it.
 *
 * @param sampleOf makes the sample of the event at an index that came so much too late
 * @returns null where no trigger was run, or none was followed by an event here or by the end of the watch
 */
export function compareWithTrigger(
  hop: Watched,
  sampleOf: (index: number, latenessMs: number) => HoldSample,
): Comparison | null {
  const runs = (hop.observation.triggers ?? []).filter(isUsable);
  const { events } = hop.timeline;
  const holds = runs.flatMap((run, i): HoldSample[] => {
    const untilMs = runs[i + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const index = events.findIndex((event) => event.atMs >= run.startMs && event.atMs < untilMs);
    const event = events[index];
    if (event !== undefined) return [sampleOf(index, event.atMs - run.endMs)];
    return [];
  });
  if (holds.length === 0) return null;
  const { connectMs, dnsMs, startMs } = hop.observation.marks;
  const roundTripMs = connectMs === null ? 0 : connectMs - (dnsMs ?? startMs);
  return { basis: 'trigger', holds, clockErrorMs: 1 + roundTripMs, headHoldMs: null, constantMs: null };
}

function isUsable(run: TriggerRun): run is TriggerRun & { endMs: number } {
  return run.endMs !== null && run.exitCode === 0;
}
