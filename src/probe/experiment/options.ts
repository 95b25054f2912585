import type { JudgeOptions } from '../../types.ts';
import type { ObserveOptions } from '../targets.ts';

/** What experiments can be told; every field has a default. */
export interface ExperimentOptions extends Partial<ObserveOptions>, Partial<JudgeOptions> {
  /** How long quiet and lasting streams are kept up to find cuts, ms; null: not at all. Default null. */
  idleMs?: number | null;
  /** Streams at a time on each hop. Default 6, what a browser opens over HTTP/1.1. */
  parallel?: number;
  /** Ends the run early; what was found until then is reported. */
  signal?: AbortSignal;
  onProgress?: (progress: ExperimentProgress) => void;
}

/** What is being tried at a hop. */
export interface ExperimentProgress {
  hop: string;
  /** What was begun last, e.g. `no-transform`. */
  doing: string;
  done: number;
  /** Experiments known of so far; what the first ones show decides how many more there are. */
  of: number;
  /** Estimate, ms. */
  leftMs: number;
}

export const DEFAULT_PARALLEL = 6;
