/** A jump of the system's clock, or a suspended machine, larger than this moves the stamps along. */
const REANCHOR_MS = 250;

let anchorEpochMs = performance.timeOrigin;

/**
 * Epoch milliseconds with a fraction. Every stamp of the origin comes from here, so that an offset measured
 * with the clock endpoint is true for events and response heads as well: `Date.now()` is slewed by NTP while
 * a stream runs, this is not.
 */
export function epochMs(): number {
  const monotonicMs = performance.now();
  const wallMs = Date.now();
  if (Math.abs(wallMs - (anchorEpochMs + monotonicMs)) > REANCHOR_MS) anchorEpochMs = wallMs - monotonicMs;
  return anchorEpochMs + monotonicMs;
}

/** Whole epoch milliseconds, rounded down: a stamp is never in the future. */
export function wholeEpochMs(): number {
  return Math.floor(epochMs());
}
