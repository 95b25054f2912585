/** A stream whose silence is watched. */
export interface QuietStream {
  /** Grows with every byte passed on. */
  readonly passedBytes: number;
  readonly isOver: boolean;
  /** It has been quiet for the time. Returns false when it could not act: it is asked again soon. */
  onQuiet(): boolean;
}

interface Watched {
  stream: QuietStream;
  seenBytes: number;
  quietTicks: number;
}

/** The precision: silence is noticed at most a twentieth of its length too late, never too early. */
const TICKS = 20;

/** Streams that got their last event together fall silent together: so many act before others have their turn. */
const BATCH = 128;

const clocks = new Map<number, QuietClock>();

/**
 * Calls `onQuiet` whenever the stream has passed nothing on for `quietMs`, until it is over. All streams with the same
 * time share one timer, which compares byte counts: a read costs nothing, and no clock is asked.
 */
export function watchQuiet(stream: QuietStream, quietMs: number): void {
  let clock = clocks.get(quietMs);
  if (clock === undefined) {
    clock = new QuietClock(quietMs);
    clocks.set(quietMs, clock);
  }
  clock.add(stream);
}

class QuietClock {
  readonly #quietMs: number;
  readonly #watched = new Set<Watched>();
  readonly #timer: NodeJS.Timeout;

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
    // Rounded up: a sum of ticks that is shorter than the time would be too early.
    this.#timer = setInterval(() => this.#tick(), Math.ceil(quietMs / TICKS)).unref();
  }

  add(stream: QuietStream): void {
    this.#watched.add({ stream, seenBytes: -1, quietTicks: 0 });
  }

  #tick(): void {
    const due: Watched[] = [];
    for (const watched of this.#watched) {
      const { stream } = watched;
      if (stream.isOver) this.#watched.delete(watched);
      else if (stream.passedBytes !== watched.seenBytes) {
        watched.seenBytes = stream.passedBytes;
        watched.quietTicks = 0;
      } else if (++watched.quietTicks >= TICKS) due.push(watched);
    }
    if (due.length > 0) actOn(due, 0);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    clocks.delete(this.#quietMs);
  }
}

function actOn(due: readonly Watched[], from: number): void {
  const to = Math.min(due.length, from + BATCH);
  for (let i = from; i < to; i++) {
    const watched = due[i] as Watched;
    const { stream, seenBytes } = watched;
    const isQuiet = !stream.isOver && stream.passedBytes === seenBytes && watched.quietTicks >= TICKS;
    if (isQuiet && stream.onQuiet()) watched.quietTicks = 0;
  }
  if (to < due.length) setImmediate(actOn, due, to);
}
