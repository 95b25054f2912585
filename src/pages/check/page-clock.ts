/** The clock of one run in a page: monotonic, zero at its creation. */
export interface PageClock {
  nowMs(): number;
  /** A time of Resource Timing or of `performance.now()` on this clock. */
  at(pageTimeMs: number): number;
  readonly startedAtEpochMs: number;
}

export function startPageClock(): PageClock {
  const zeroMs = performance.now();
  return {
    nowMs: () => performance.now() - zeroMs,
    at: (pageTimeMs) => pageTimeMs - zeroMs,
    startedAtEpochMs: Date.now(),
  };
}

const EVERY_MS = 50;
const LATE_MS = 40;
/** A browser slows timers of pages that nobody sees down: their lateness says nothing. */
const SETTLE_MS = 2_000;

/** Notes when the page itself was late, so that an event that came then is not taken for held. */
export interface LagMonitor {
  readonly lags: { atMs: number; lagMs: number }[];
  /** The page was out of sight for a while. */
  readonly wasHidden: boolean;
  stop(): void;
}

export function watchLag(clock: PageClock): LagMonitor {
  const lags: LagMonitor['lags'] = [];
  let wasHidden = document.visibilityState === 'hidden';
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let dueMs = clock.nowMs() + EVERY_MS;
  const onChange = (): void => {
    if (document.visibilityState === 'hidden') wasHidden = true;
    else shownAtMs = clock.nowMs();
  };
  document.addEventListener('visibilitychange', onChange);
  const timer = setInterval(() => {
    const nowMs = clock.nowMs();
    const lagMs = nowMs - dueMs;
    const inSight = document.visibilityState === 'visible' && nowMs - shownAtMs > SETTLE_MS;
    if (lagMs > LATE_MS && inSight) lags.push({ atMs: nowMs, lagMs });
    dueMs = nowMs + EVERY_MS;
  }, EVERY_MS);
  return {
    lags,
    get wasHidden() {
      return wasHidden;
    },
    stop() {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onChange);
    },
  };
}
