/** Something whose age is bounded. */
export interface Aging {
  onAged(): void;
}

const clocks = new Map<number, AgeClock>();

/**
 * Calls `onAged` once, when `maxAgeMs` have passed, unless the watch is stopped before. Those with the same bound grow
 * old in the order in which they began: they share one timer, which waits for the oldest.
 */
export function watchAge(aging: Aging, maxAgeMs: number): AgeWatch {
  let clock = clocks.get(maxAgeMs);
  if (clock === undefined) {
    clock = new AgeClock(maxAgeMs);
    clocks.set(maxAgeMs, clock);
  }
  return clock.add(aging);
}

/** The watch over the age of one. */
export class AgeWatch {
  readonly aging: Aging;
  /** On the clock of `performance.now()`. */
  readonly dueAtMs: number;
  readonly #all: Set<AgeWatch>;

  constructor(aging: Aging, dueAtMs: number, all: Set<AgeWatch>) {
    this.aging = aging;
    this.dueAtMs = dueAtMs;
    this.#all = all;
  }

  stop(): void {
    this.#all.delete(this);
  }
}

class AgeClock {
  readonly #maxAgeMs: number;
  /** In the order in which they are due. */
  readonly #watched = new Set<AgeWatch>();

  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs;
    this.#waitFor(maxAgeMs);
  }

  add(aging: Aging): AgeWatch {
    const watch = new AgeWatch(aging, performance.now() + this.#maxAgeMs, this.#watched);
    this.#watched.add(watch);
    return watch;
  }

  #waitFor(ms: number): void {
    // Rounded up: timers count whole milliseconds, and nothing is due too early.
    setTimeout(() => this.#look(), Math.ceil(ms)).unref();
  }

  #look(): void {
    for (const watch of this.#watched) {
      const leftMs = watch.dueAtMs - performance.now();
      if (leftMs > 0) {
        this.#waitFor(leftMs);
        return;
      }
      watch.stop();
      watch.aging.onAged();
    }
    clocks.delete(this.#maxAgeMs);
  }
}
