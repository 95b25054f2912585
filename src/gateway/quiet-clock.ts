/** A stream whose silence is watched. */
export interface QuietStream {
  /** Differs from what it was before whenever something has been passed on. */
  readonly progress: number;
  readonly isOver: boolean;
  /** It has been quiet for the time. Returns false when it could not act: it is asked again soon. */
  onQuiet(): boolean;
}

/** The precision: silence is noticed at most a twentieth of its length too late, never too early. */
const TICKS = 20;

/** Streams that got their last event together fall silent together: so many act before others have their turn. */
const BATCH = 128;

const clocks = new Map<number, QuietClock>();

/**
 * Calls `onQuiet` whenever the stream has passed nothing on for `quietMs`, until it is over or the watch is stopped. All
 * streams with the same time share one timer, which compares counts: a read costs nothing, and no clock is asked.
 */
export function watchQuiet(stream: QuietStream, quietMs: number): QuietWatch {
  let clock = clocks.get(quietMs);
  if (clock === undefined) {
    clock = new QuietClock(quietMs);
    clocks.set(quietMs, clock);
  }
  return clock.add(stream);
}

/** The watch over one stream. */
export class QuietWatch {
  readonly stream: QuietStream;
  seen = Number.NaN;
  quietTicks = 0;
  readonly #all: Set<QuietWatch>;

  constructor(stream: QuietStream, all: Set<QuietWatch>) {
    this.stream = stream;
    this.#all = all;
  }

  /** Lets go of the stream at once: one that is over would stay in memory until the next tick, and many with it. */
  stop(): void {
    this.#all.delete(this);
  }
}

class QuietClock {
  readonly #quietMs: number;
  readonly #watched = new Set<QuietWatch>();
  readonly #timer: NodeJS.Timeout;

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
    // Rounded up: a sum of ticks that is shorter than the time would be too early.
    this.#timer = setInterval(() => this.#tick(), Math.ceil(quietMs / TICKS)).unref();
  }

  add(stream: QuietStream): QuietWatch {
    const watch = new QuietWatch(stream, this.#watched);
    this.#watched.add(watch);
    return watch;
  }

  #tick(): void {
    const due: QuietWatch[] = [];
    for (const watch of this.#watched) {
      const { stream } = watch;
      const { progress } = stream;
      if (stream.isOver) watch.stop();
      else if (progress !== watch.seen) {
        watch.seen = progress;
        watch.quietTicks = 0;
      } else if (++watch.quietTicks >= TICKS) due.push(watch);
    }
    if (due.length > 0) actOn(due, 0);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    clocks.delete(this.#quietMs);
  }
}

function actOn(due: readonly QuietWatch[], from: number): void {
  const to = Math.min(due.length, from + BATCH);
  for (let i = from; i < to; i++) {
    const watch = due[i] as QuietWatch;
    const { stream, seen } = watch;
    const isQuiet = !stream.isOver && stream.progress === seen && watch.quietTicks >= TICKS;
    if (isQuiet && stream.onQuiet()) watch.quietTicks = 0;
  }
  if (to < due.length) setImmediate(actOn, due, to);
}
