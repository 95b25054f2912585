import type { RunClock } from './clock.ts';

const TICK_MS = 10;
/** Lags below this are ordinary timer jitter. */
const NOTEWORTHY_MS = 15;
/** Enough for a stall every 100 ms over an hour; a machine worse than that is unusable anyway. */
const MOST_LAGS = 36_000;

/** Watches whether this process itself is late: an arrival that coincides with a lag proves nothing about a hop. */
export interface LagMonitor {
  readonly lags: { atMs: number; lagMs: number }[];
  stop(): void;
}

export function watchOwnLag(clock: RunClock): LagMonitor {
  const lags: { atMs: number; lagMs: number }[] = [];
  let lastMs = clock.nowMs();
  const timer = setInterval(() => {
    const atMs = clock.nowMs();
    const lagMs = atMs - lastMs - TICK_MS;
    lastMs = atMs;
    if (lagMs > NOTEWORTHY_MS && lags.length < MOST_LAGS) lags.push({ atMs, lagMs });
  }, TICK_MS);
  return { lags, stop: () => clearInterval(timer) };
}
