import { showMs } from '../knowledge/phrases.ts';
import { median } from '../statistics.ts';
import type { HopFacts } from '../types.ts';

/** What `--trigger` came to. */
export function triggerWarnings({ name, observation: { triggers = [] }, index }: HopFacts): string[] {
  const failed = triggers.filter((run) => run.exitCode !== null && run.exitCode !== 0);
  if (failed.length === 0 || index > 0) return [];
  const code = failed[0]?.exitCode;
  return [
    `${name}: the command of --trigger failed ${failed.length} of ${triggers.length} times (exit code ${code}): nothing is measured from those runs`,
  ];
}

/** What a browser keeps to itself, so that nobody takes it for measured. */
export function browserWarnings({ name, observation: { browser } }: HopFacts): string[] {
  if (browser === undefined) return [];
  const hidden =
    browser.fields === 'all'
      ? 'chunks and frames, order and case of the response fields, cookies'
      : 'status, response fields, chunks and frames';
  return [
    `${name}: measured by a page in a browser, which hides ${hidden}; what only those could tell is not known`,
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
export function clumping(hop: HopFacts, nearer: HopFacts | null): string[] {
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
