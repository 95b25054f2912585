import { showMs } from '../knowledge/phrases.ts';
import { median } from '../statistics.ts';
import type { HopFacts } from '../types.ts';
import { mcpWarnings } from './mcp-warnings.ts';

/** Fewer events than this make percentiles mean little. */
const FEW_EVENTS = 5;
/** Clock errors above this are a good part of the threshold. */
const LARGE_CLOCK_ERROR_MS = 60;

/** What limits the trust in the numbers, one sentence each. */
export function collectWarnings(hops: HopFacts[]): string[] {
  const warnings: string[] = [];
  for (const hop of hops) {
    const count = hop.timeline.events.length;
    if (count > 0 && count < FEW_EVENTS) warnings.push(fewEvents(hop));
    warnings.push(
      ...triggerWarnings(hop),
      ...mcpWarnings(hop),
      ...clumping(hop, hops[hop.index - 1] ?? null),
    );
    if ((hop.clockErrorMs ?? 0) > LARGE_CLOCK_ERROR_MS) {
      const error = Math.round(hop.clockErrorMs ?? 0);
      warnings.push(`${hop.name}: hold times are known to within ${error} ms only, the path is not steady`);
    }
    if (!hop.timeline.decoded) {
      const coding = hop.timeline.contentCoding ?? 'unknown';
      warnings.push(
        `${hop.name}: the ${coding} content coding could not be undone, so its events were not read`,
      );
    }
    if (hop.observation.end?.detail != null) warnings.push(`${hop.name}: ${hop.observation.end.detail}`);
  }
  return warnings;
}

/** So many events let one see a pace. */
const ENOUGH_EVENTS = 10;
/** A watch is advised for at most so long. */
const LONGEST_WATCH_MS = 3_600_000;

/** How long to watch, by the pauses seen: a stream with one event a minute needs minutes. */
function fewEvents({ name, timeline: { events }, observation }: HopFacts): string {
  const count = events.length;
  const seen = `${name}: only ${count} ${count === 1 ? 'event' : 'events'} seen`;
  // A stream that ended by itself had no more to say.
  if (observation.end !== null && observation.end.reason !== 'stopped-by-probe') return seen;
  if (count === 1)
    return `${seen}; watch longer with --duration, or make events happen with --trigger 'COMMAND'`;
  const gapMs = ((events.at(-1)?.atMs ?? 0) - (events[0]?.atMs ?? 0)) / (count - 1);
  const advisedMs = Math.min(LONGEST_WATCH_MS, gapMs * ENOUGH_EVENTS);
  const flag =
    advisedMs >= 120_000 ? `${Math.ceil(advisedMs / 60_000)}m` : `${Math.ceil(advisedMs / 1_000)}s`;
  return `${seen}, ${showMs(gapMs)} apart; watch longer with --duration ${flag}`;
}

function triggerWarnings({ name, observation: { triggers = [] }, index }: HopFacts): string[] {
  const failed = triggers.filter((run) => run.exitCode !== null && run.exitCode !== 0);
  if (failed.length === 0 || index > 0) return [];
  const code = failed[0]?.exitCode;
  return [
    `${name}: the command of --trigger failed ${failed.length} of ${triggers.length} times (exit code ${code}): nothing is measured from those runs`,
  ];
}

/** Fewer gaps than this make a median mean little. */
const LEAST_GAPS = 20;
/** A median gap that shrinks to less than this share, while the whole takes as long, is clumping. */
const SHRUNK = 0.5;

/**
 * Answers that differ from call to call are compared by pace alone: where the median gap shrinks though the whole takes as
 * long, a hop lets events go in clumps. Tools that report time between tokens take it for an improvement.
 */
function clumping(hop: HopFacts, nearer: HopFacts | null): string[] {
  if (nearer === null || hop.holdBasis !== 'pace' || hop.verdict !== 'streaming') return [];
  const [here, there] = [gapsOf(hop), gapsOf(nearer)];
  if (here.length < LEAST_GAPS || there.length < LEAST_GAPS) return [];
  const mean = (gaps: number[]): number => gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const asLong = mean(here) > mean(there) * 0.7;
  if (!asLong || median(here) >= median(there) * SHRUNK) return [];
  return [
    `${hop.name}: events come in clumps: the median gap shrinks from ${precise(median(there))} at "${nearer.name}" to ${precise(median(here))} here, while the whole takes as long`,
  ];
}

function precise(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : showMs(ms);
}

function gapsOf({ timeline: { events } }: HopFacts): number[] {
  return events.slice(1).map((event, i) => event.atMs - (events[i]?.atMs ?? event.atMs));
}
