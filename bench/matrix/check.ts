import type { Stage } from './stage.ts';

export type Verdict = 'good' | 'bad' | 'na';

/** What a check found. */
export interface Cell {
  /** A few words for the table. */
  value: string;
  verdict: Verdict;
  /** What was seen, in a sentence; empty where the value says it all. */
  detail: string;
}

/** One behaviour: a row of the matrix. */
export interface Check {
  /** Kebab-case, unique. */
  id: string;
  /** The behaviour, as the row's heading. */
  title: string;
  run(stage: Stage): Promise<Cell>;
}

/** Rows that belong together. */
export interface Section {
  title: string;
  /** What is checked and what counts as good, in one or two sentences. */
  explanation: string;
  checks: readonly Check[];
}

export const good = (value: string, detail = ''): Cell => ({ value, verdict: 'good', detail });
export const bad = (value: string, detail = ''): Cell => ({ value, verdict: 'bad', detail });
export const na = (value: string, detail = ''): Cell => ({ value, verdict: 'na', detail });

/** How long a check waits before it calls a thing that did not happen a leak or a hang. */
export const BOUND_MS = 3_000;

/** Later than this on every try is a hold, not a busy machine. */
export const PROMPT_MS = 100;

/** Measures up to three times and keeps the best: a busy machine makes some tries late, a hold all of them. */
export async function bestOfThree(measure: () => Promise<number | null>): Promise<number | null> {
  let best: number | null = null;
  for (let tries = 0; tries < 3; tries++) {
    const ms = await measure();
    if (ms === null) return best;
    best = best === null ? ms : Math.min(best, ms);
    if (best < 1) break;
  }
  return best;
}

export function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(ms < 1 ? 2 : 1)} ms` : `${Math.round(ms)} ms`;
}
