/** What is over close behind others waits for more so long, in milliseconds. */
const TOGETHER_MS = 100;
/** So many are booked in a row at most before others have their turn. */
const MOST_IN_A_ROW = 64;

/** In which something may wait. */
const busy = new Set<{ flush(): void }>();

/**
 * Exchanges that are over, to be booked. One that ends alone is booked in the same turn of the event loop; of many, those
 * that follow are booked together, which takes half as long for each as between the reads and writes of streams, and
 * when many clients leave at a time, all their upstreams hear of it first.
 */
export class BookingQueue<Ended> {
  readonly #book: (ended: Ended) => void;
  #waiting: Ended[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(book: (ended: Ended) => void) {
    this.#book = book;
  }

  add(ended: Ended): void {
    this.#waiting.push(ended);
    if (this.#timer !== null) return;
    this.#arm();
    setImmediate(this.#bookSome);
  }

  /** Books all that waits, now. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const ended of waiting) this.#book(ended);
  }

  #arm(): void {
    if (busy.size === 0) process.prependListener('exit', bookAll);
    busy.add(this);
    this.#timer = setTimeout(() => {
      if (this.#waiting.length > 0) {
        this.#arm();
        this.#bookSome();
        return;
      }
      this.#timer = null;
      busy.delete(this);
      if (busy.size === 0) process.removeListener('exit', bookAll);
    }, TOGETHER_MS).unref();
  }

  readonly #bookSome = (): void => {
    for (const ended of this.#waiting.splice(0, MOST_IN_A_ROW)) this.#book(ended);
    if (this.#waiting.length > 0) setImmediate(this.#bookSome);
  };
}

/** Before the log writes what it holds back. */
function bookAll(): void {
  for (const queue of busy) queue.flush();
}
