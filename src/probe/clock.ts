import { performance } from 'node:perf_hooks';

/** The clock of one run: monotonic, zero at its creation. Never the wall clock, which jumps (NTP, suspend). */
export interface RunClock {
  /** Milliseconds since the run began. */
  nowMs(): number;
  /** The wall clock's epoch milliseconds at zero. */
  readonly startedAtEpochMs: number;
}

export function startRunClock(): RunClock {
  const zeroMs = performance.now();
  return { nowMs: () => performance.now() - zeroMs, startedAtEpochMs: Date.now() };
}
