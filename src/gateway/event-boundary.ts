/** What a body is made of: event-stream events, each ended by a blank line, or lines. */
export type BodyUnit = 'events' | 'lines';

const LF = 10;
const CR = 13;
const COLON = 58;

/** What the next byte belongs to. */
enum At {
  /** Nothing is begun: the stream may end here. */
  boundary,
  /** A comment outside of any event, which it may follow but not begin. */
  comment,
  /** The start of a line within an event. */
  lineStart,
  /** A comment line within an event. */
  commentWithin,
  /** A line with a field, or one whose beginning nobody has seen. */
  line,
}

/**
 * Finds where one event ends and the next has not begun, in payload that comes in pieces of any size
 * (WHATWG HTML section 9.2.5: a line ends with CR, LF or CRLF, an event with an empty line). A comment line outside of an
 * event ends at a boundary, too. For `lines`, each LF is one.
 */
export class EventBoundary {
  /** Events, or lines that are not empty, whose end has been seen. */
  events = 0;
  readonly #byLine: boolean;
  #at: At = At.boundary;
  #afterCr = false;

  /** Begins at the start of a body. */
  constructor(unit: BodyUnit) {
    this.#byLine = unit === 'lines';
  }

  /** Nothing is begun: what has come so far ends with a whole event. False where that is not known. */
  get isHere(): boolean {
    return this.#at === At.boundary;
  }

  /**
   * What makes the end here plain to every parser: one that has read CR may wait for LF before it takes the line for
   * whole, and lose it when the body ends instead.
   */
  get lastWord(): string {
    return this.#afterCr ? '\n' : '';
  }

  /** Some bytes have gone by unseen: until the next line end, the place is taken for the middle of an event. */
  lose(): void {
    this.#at = At.line;
    this.#afterCr = false;
  }

  /** Goes over `bytes[from, to)`. */
  pass(bytes: Uint8Array, from: number, to: number): void {
    this.#run(bytes, from, to, false);
  }

  /** Goes on up to the first boundary in `bytes[from, to)` and returns the index after it, or -1 without one. */
  find(bytes: Uint8Array, from: number, to: number): number {
    return this.#run(bytes, from, to, true);
  }

  #run(bytes: Uint8Array, from: number, to: number, stops: boolean): number {
    const cr = this.#byLine ? LF : CR;
    let i = from;
    if (this.#afterCr && i < to) {
      this.#afterCr = false;
      if (bytes[i] === LF) i++;
    }
    while (i < to) {
      let byte = bytes[i] as number;
      if (byte !== LF && byte !== cr) {
        this.#at = after(this.#at, byte);
        do {
          if (++i === to) return -1;
          byte = bytes[i] as number;
        } while (byte !== LF && byte !== cr);
      }
      i++;
      const isCrLf = byte === CR && i < to && bytes[i] === LF;
      if (isCrLf) i++;
      const isLoneCr = byte === CR && !isCrLf;
      this.#afterCr = isLoneCr && i === to;
      if (!this.#endLine() || !stops) continue;
      this.#afterCr = isLoneCr;
      return i;
    }
    return -1;
  }

  /** Returns whether this line end is a boundary. */
  #endLine(): boolean {
    const was = this.#at;
    const isWithin = !this.#byLine && (was === At.line || was === At.commentWithin);
    this.#at = isWithin ? At.lineStart : At.boundary;
    if (was === At.lineStart || (this.#byLine && was !== At.boundary)) this.events++;
    return !isWithin;
  }
}

function after(at: At, byte: number): At {
  if (at === At.boundary) return byte === COLON ? At.comment : At.line;
  if (at === At.lineStart) return byte === COLON ? At.commentWithin : At.line;
  return at;
}
