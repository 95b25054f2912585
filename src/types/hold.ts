import type { HoldKind } from './words.ts';

/** How late one event was. */
export interface HoldSample {
  event: number;
  holdMs: number;
  /** When it should have arrived: arrival less hold. */
  dueMs: number;
  /** True when the prober itself was late at that moment. */
  unsure: boolean;
}

export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export interface ReportHold {
  kind: HoldKind;
  blockBytes: number | null;
  periodMs: number | null;
  atLeastMs: number | null;
  atLeastBytes: number | null;
}
