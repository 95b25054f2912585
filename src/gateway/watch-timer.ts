import type { Exchange } from './exchange.ts';
import { LOOK_INTERVAL_MS } from './stream-watch.ts';

/** A timer that is later than this says that the process is too busy to tell who else is late. */
const BUSY_MS = 50;

/** Looks after the open streams every {@link LOOK_INTERVAL_MS}; returns what stops it. */
export function startWatchTimer(open: Iterable<Exchange>): () => void {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const isBusy = nowMs - lastMs > LOOK_INTERVAL_MS + BUSY_MS;
    lastMs = nowMs;
    for (const { watch, transport } of open) {
      if (watch === null) continue;
      if (isBusy) watch.excuse();
      transport?.tick(nowMs);
    }
  }, LOOK_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
