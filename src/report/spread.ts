import type { HopFacts, ReportHop, SpreadStep } from '../types.ts';

/** Arrivals kept for drawing; more would make a report large and a timeline no clearer. */
const MAX_ARRIVALS = 2_000;

/** A tenth of a millisecond is what the clocks are good for; never minus zero. */
export function tenth(ms: number): number {
  const rounded = Math.round(ms * 10) / 10;
  return rounded === 0 ? 0 : rounded;
}

/** What is drawn of a hop's events: arrival from the start of its request, and lateness where it is known. */
export function drawnEvents({
  timeline,
  holds,
  observation,
}: HopFacts): Pick<ReportHop, 'arrivalsMs' | 'latenessMs'> {
  const { events } = timeline;
  const lateness = new Map(holds.map(({ event, holdMs }) => [event, tenth(holdMs)]));
  const drawn = evenly(events.length);
  return {
    arrivalsMs: drawn.map((i) => tenth((events[i]?.atMs ?? 0) - observation.marks.startMs)),
    ...(drawn.some((i) => lateness.has(i)) ? { latenessMs: drawn.map((i) => lateness.get(i) ?? null) } : {}),
  };
}

/** Indices of at most {@link MAX_ARRIVALS} out of `count`, evenly spread, first and last kept. */
function evenly(count: number): number[] {
  const kept = Math.min(count, MAX_ARRIVALS);
  const step = count <= MAX_ARRIVALS ? 1 : (count - 1) / (MAX_ARRIVALS - 1);
  return Array.from({ length: kept }, (_, i) => Math.round(i * step));
}

/** Edges between steps: 0, 1, 2, 5, 10, 20, 50 ms … up to days. Holds differ by powers of ten, not by amounts. */
const EDGES_MS = [
  0,
  ...Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat(),
];

/** The distribution of durations in steps of 1, 2 and 5; what is below zero by an error of the clock counts as zero. */
export function spreadOf(valuesMs: readonly number[]): SpreadStep[] | null {
  if (valuesMs.length === 0) return null;
  const steps = EDGES_MS.map((fromMs, i) => ({
    fromMs,
    toMs: EDGES_MS[i + 1] ?? Number.MAX_SAFE_INTEGER,
    count: 0,
  }));
  for (const value of valuesMs) {
    const step = steps.findLast(({ fromMs }) => fromMs <= Math.max(0, value));
    if (step !== undefined) step.count += 1;
  }
  const first = steps.findIndex(({ count }) => count > 0);
  return steps.slice(first, steps.findLastIndex(({ count }) => count > 0) + 1);
}
