import type { Report } from '../../src/types.ts';
import type { RowSummary, Tally } from './tally.ts';

/** A part of the proof. */
export interface Part extends Tally {
  seconds: number;
  /** Mean number of processes that wanted a core, of those there are. */
  load: number;
}

/** What one run of the proof found: written as JSON, rendered as the page. */
export interface Results {
  schemaVersion: 1;
  command: string;
  startedAt: string;
  seconds: number;
  commit: string | null;
  system: string;
  nodeVersion: string;
  unclogVersion: string;
  /** By id of the product; null: not installed, its rows are left out. */
  versions: Record<string, string | null>;
  runs: number;
  atOnce: number;
  calm: Part;
  /** Flowing streams again, with every core kept busy. */
  busy: Part | null;
  experiments: ExperimentPart | null;
  rows: RowSummary[];
}

/** What experiments on a row came to. */
export interface ExperimentCase {
  row: string;
  run: number;
  expected: string;
  got: string;
  right: boolean;
  verdict: Report['verdict'];
  said: string;
}

export interface ExperimentPart {
  seconds: number;
  cases: ExperimentCase[];
}

/** The share of right cases that is asked for. */
export const WANTED_SHARE = 0.98;

/** Whether the proof came out as asked. */
export function isProven({ calm, busy, experiments }: Results): boolean {
  const enough = (right: number, of: number) => right >= of * WANTED_SHARE;
  const tried = experiments?.cases ?? [];
  return (
    enough(calm.rightConfigurations, calm.configurations) &&
    enough(calm.rightCases, calm.cases) &&
    calm.falseHeld === 0 &&
    (busy === null || busy.falseHeld === 0) &&
    enough(tried.filter(({ right }) => right).length, tried.length)
  );
}
