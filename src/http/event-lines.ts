const CR = 13;
const LF = 10;
const COLON = 58;

/** The UTF-8 byte order mark, dropped once at the very start of an event stream. */
export const BYTE_ORDER_MARK: Uint8Array = Uint8Array.of(0xef, 0xbb, 0xbf);

/** Where the next byte stands. `…Cr`: the byte before it was a CR, so that an LF would still belong to that line end. */
enum At {
  start,
  bom1,
  bom2,
  /** At the start of a line, no field since the last empty line. */
  between,
  betweenCr,
  /** At the start of a line, behind a field whose event is not complete. */
  inEvent,
  inEventCr,
  /** Inside a comment with no field since the last empty line. */
  comment,
  commentInEvent,
  /** Inside a field, or inside a line whose start is not known. */
  field,
}

enum Kind {
  other,
  colon,
  cr,
  lf,
}

/** The next state by state and kind of byte, four columns each. The first three rows are read before the table is. */
const NEXT = Uint8Array.from(
  [
    [At.field, At.comment, At.betweenCr, At.between],
    [At.field, At.field, At.inEventCr, At.inEvent],
    [At.field, At.field, At.inEventCr, At.inEvent],
    [At.field, At.comment, At.betweenCr, At.between],
    [At.field, At.comment, At.betweenCr, At.between],
    [At.field, At.commentInEvent, At.betweenCr, At.between],
    [At.field, At.commentInEvent, At.betweenCr, At.inEvent],
    [At.comment, At.comment, At.betweenCr, At.between],
    [At.commentInEvent, At.commentInEvent, At.inEventCr, At.inEvent],
    [At.field, At.field, At.inEventCr, At.inEvent],
  ].flat(),
);

/**
 * So many of the last bytes of a piece are looked at, whatever its length. More would change nothing about lines; an
 * event boundary is missed where only comments longer than this stand between it and the end of the piece.
 */
const TAIL_BYTES = 128;

/**
 * Knows where in an event stream (WHATWG HTML section 9.2.6) the bytes so far have come to. Fed with the payload of a
 * body in order, in pieces cut anywhere; reads the last bytes of each piece only, and keeps none.
 *
 * Two questions, two answers: {@link isAtLineStart} says whether a comment line may be put in here,
 * {@link isBetweenEvents} whether the stream may end here without cutting an event.
 */
export class EventLines {
  #at: At = At.start;
  /** The last LF came behind a CR. */
  #isCrLf = false;
  readonly #tailBytes: number;

  /** With a shorter tail, {@link isBetweenEvents} misses more of what it may miss. */
  constructor(tailBytes = TAIL_BYTES) {
    this.#tailBytes = tailBytes;
  }

  /** Some bytes have gone by unseen. */
  lose(): void {
    this.#at = At.field;
  }

  /** Takes payload bytes `buffer[from, to)`. */
  feed(buffer: Uint8Array, from: number, to: number): void {
    if (to > from && buffer[to - 1] === LF)
      this.#isCrLf = to - 2 >= from ? buffer[to - 2] === CR : this.#isBehindCr;
    let i = from;
    if (to - from > this.#tailBytes) {
      this.#at = At.field;
      i = to - this.#tailBytes;
    }
    let at = this.#at;
    while (at <= At.bom2 && i < to) at = fromStart(at, buffer[i++] as number);
    for (; i < to; i++) at = NEXT[at * 4 + kindOf(buffer[i] as number)] as At;
    this.#at = at;
  }

  /**
   * Takes payload like {@link feed}, reading all of it; returns how many events were completed by it. A field of any
   * name makes an event, `data` or not.
   */
  countEvents(buffer: Uint8Array, from: number, to: number): number {
    let at = this.#at;
    let i = from;
    let events = 0;
    while (at <= At.bom2 && i < to) at = fromStart(at, buffer[i++] as number);
    for (; i < to; i++) {
      const next = NEXT[at * 4 + kindOf(buffer[i] as number)] as At;
      const isEmptyLine = next === At.between || next === At.betweenCr;
      if (isEmptyLine && (at === At.inEvent || at === At.inEventCr)) events++;
      at = next;
    }
    this.#at = at;
    return events;
  }

  /** Takes the payload `buffer[spans[0], spans[1])`, `buffer[spans[2], spans[3])`, … of one piece. */
  feedSpans(buffer: Uint8Array, spans: readonly number[], spanCount: number): void {
    let first = spanCount;
    let bytes = 0;
    while (first > 0 && bytes < this.#tailBytes) {
      first -= 2;
      bytes += (spans[first + 1] as number) - (spans[first] as number);
    }
    if (first > 0) this.#at = At.field;
    for (let i = first; i < spanCount; i += 2) this.feed(buffer, spans[i] as number, spans[i + 1] as number);
  }

  /** Nothing has come yet. A comment put in now makes a byte order mark that follows part of a line: drop that one. */
  get isAtStart(): boolean {
    return this.#at === At.start;
  }

  /**
   * A comment line may stand here: no event changes by it. It has to end with {@link lineEnd}, and may be followed by
   * further ones. Exact, but before the first byte, see {@link isAtStart}.
   */
  get isAtLineStart(): boolean {
    return this.#at === At.start || (this.#at >= At.between && this.#at <= At.inEventCr);
  }

  /**
   * The stream may end here, or a field be put in: no event has begun that is not complete. Never true where one has;
   * false in spite of it at most behind a comment that is long or was cut.
   */
  get isBetweenEvents(): boolean {
    return this.#at === At.start || this.#at === At.between || this.#at === At.betweenCr;
  }

  /**
   * What a line that is put in here has to end with: what the line before ended with, since some clients know one kind of
   * line end only. Behind a CR that is a CR as well: when the LF of a CRLF comes, it then belongs to the line put in, and
   * when none comes, nothing is missing. An LF would become an empty line.
   */
  get lineEnd(): '\r' | '\n' | '\r\n' {
    if (this.#isBehindCr) return '\r';
    return this.#isCrLf ? '\r\n' : '\n';
  }

  get #isBehindCr(): boolean {
    return this.#at === At.betweenCr || this.#at === At.inEventCr;
  }

  /** A line has been put in here. */
  inserted(): void {
    if (this.#at === At.start) this.#at = At.between;
  }
}

function kindOf(byte: number): Kind {
  if (byte > COLON) return Kind.other;
  if (byte === LF) return Kind.lf;
  if (byte === CR) return Kind.cr;
  return byte === COLON ? Kind.colon : Kind.other;
}

/** The first bytes: a byte order mark, whole, is no part of the first line. */
function fromStart(at: At, byte: number): At {
  if (byte === BYTE_ORDER_MARK[at]) return at + 1;
  return NEXT[at * 4 + kindOf(byte)] as At;
}
