import { createHash, timingSafeEqual } from 'node:crypto';
import { BYTE_ORDER_MARK, EventLines } from '../http/event-lines.ts';
import { fromRawHeaders, headerValue, headerValues } from '../http/header-list.ts';
import { EVENT_STREAM } from '../http/media-type.ts';
import { unitOf } from './body-unit.ts';
import type { Exchange } from './exchange.ts';
import type { StreamInsertions } from './exchange-types.ts';
import type { PayloadWatcher } from './payload-watcher.ts';
import { type QuietStream, type QuietWatch, watchQuiet } from './quiet-clock.ts';
import type { AnswerHead } from './response-head.ts';
import { STAMP_FIELD, type StreamOptions } from './stream-options.ts';

/** What one stream gets between the upstream's own bytes. */
interface Wanted {
  heartbeatMs: number | null;
  /** Sent with the head; empty for nothing. */
  opening: string;
  stamps: boolean;
}

/**
 * The insertions of this answer, or null where it gets none: then no code of this file runs for its bytes. Call it before
 * the answer's head is sent, with the fields that the client gets.
 *
 * `no-transform` does not keep them away: senders of event streams say it to keep compressors away, a gateway acts for
 * the origin (RFC 9110 section 3.7), and a comment changes no event.
 */
export function chooseInsertions(exchange: Exchange, answer: AnswerHead): Insertions | null {
  const { settings } = exchange;
  const { heartbeatMs, retryMs, stamp } = settings;
  const padding = openingComment(settings);
  if (heartbeatMs === null && retryMs === null && stamp === null && padding === '') return null;
  if (!isOpenEventStream(answer)) return null;
  const { rawHeaders } = exchange.req;
  const opening = padding + (retryMs !== null && wantsOnlyEvents(rawHeaders) ? `retry: ${retryMs}\n` : '');
  const stamps = stamp !== null && carriesToken(rawHeaders, stamp);
  if (heartbeatMs === null && opening === '' && !stamps) return null;
  return new Insertions(exchange, { heartbeatMs, opening, stamps });
}

/** As {@link chooseInsertions}, for a head that goes out before the upstream's: never null. */
export function earlyInsertions(exchange: Exchange, answer: AnswerHead): Insertions {
  const none = { heartbeatMs: null, opening: '', stamps: false };
  return chooseInsertions(exchange, answer) ?? new Insertions(exchange, none);
}

/** A whole 2xx answer of events that can be read as it stands. */
export function isOpenEventStream({ status, headers }: AnswerHead): boolean {
  if (status < 200 || status > 299 || status === 206) return false;
  return unitOf(headers) === 'events';
}

/** What an `EventSource` sends; libraries that read streams of other kinds as well say so here. */
function wantsOnlyEvents(rawHeaders: readonly string[]): boolean {
  return headerValue(fromRawHeaders(rawHeaders), 'accept')?.toLowerCase() === EVENT_STREAM;
}

function openingComment({ openingComment, openingPaddingBytes }: Required<StreamOptions>): string {
  if (!openingComment && openingPaddingBytes === 0) return '';
  return `:${' '.repeat(Math.max(1, openingPaddingBytes - 2))}\n`;
}

/** In a time that does not depend on where the two differ, or on their lengths. */
function carriesToken(rawHeaders: readonly string[], token: string): boolean {
  const [value, ...more] = headerValues(fromRawHeaders(rawHeaders), STAMP_FIELD);
  if (value === undefined || more.length > 0) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'latin1').digest();
  return timingSafeEqual(digest(value), digest(token));
}

/** So few of the last bytes say whether a line has ended, and with what. */
const LINE_END_BYTES = 4;

/** Puts lines into one event stream where they change no event. Sees all payload before it is written. */
export class Insertions implements QuietStream, PayloadWatcher, StreamInsertions {
  /** Reads given to the client, without the lines put in. */
  progress = 0;
  /** Heartbeats written so far. */
  heartbeats = 0;
  /** Where the client's stream stands. */
  readonly #lines: EventLines;
  readonly #exchange: Exchange;
  readonly #wanted: Wanted;
  #stamps = 0;
  #quiet: QuietWatch | null = null;
  /** Bytes of a byte order mark that came behind a line of ours and are kept back; -1 where none can come any more. */
  #heldMark = -1;
  /** Writes payload of our own to the client, framed as its answer is. */
  #write: (payload: Buffer) => void = () => {};

  constructor(exchange: Exchange, wanted: Wanted) {
    this.#exchange = exchange;
    this.#wanted = wanted;
    this.#lines = new EventLines(wanted.stamps ? undefined : LINE_END_BYTES);
  }

  /** A stamp has to stand between events, and a byte order mark to be found wherever it is. */
  get needsAll(): boolean {
    return this.#wanted.stamps || this.#heldMark >= 0;
  }

  get isOver(): boolean {
    return this.#exchange.isSettled;
  }

  /** {@link start} writes something. */
  get hasOpening(): boolean {
    return this.#wanted.opening !== '';
  }

  /** The answer's head has been sent: writes the opening lines, and starts to watch for silence. */
  start(write: (payload: Buffer) => void): void {
    const { opening, heartbeatMs } = this.#wanted;
    this.#write = write;
    this.#exchange.insertions = this;
    if (opening !== '') this.#insert(opening);
    if (heartbeatMs !== null) this.#quiet = watchQuiet(this, heartbeatMs);
  }

  end(): void {
    this.#quiet?.stop();
  }

  onQuiet(): boolean {
    // What a client that does not read has not got yet keeps no connection alive.
    if (!this.#lines.isAtLineStart || this.#exchange.out.writableLength > 0) return false;
    this.#insert(`: ${this.#lines.lineEnd}`);
    this.heartbeats++;
    return true;
  }

  /** Puts one comment line in, whatever else the stream gets; false where none may stand. */
  comment(text: string): boolean {
    if (!this.#lines.isAtLineStart) return false;
    this.#insert(`: ${text}${this.#lines.lineEnd}`);
    return true;
  }

  /** Takes the payload of one read; spans become shorter where a byte order mark goes. */
  passSpans(buffer: Uint8Array, spans: number[], spanCount: number, isAbridged: boolean): boolean {
    const mayHoldMark = this.#heldMark >= 0;
    for (let i = 0; i < spanCount && this.#heldMark >= 0; i += 2)
      spans[i] = this.#skipMark(buffer, spans[i] as number, spans[i + 1] as number);
    if (this.#wanted.stamps && this.#lines.isBetweenEvents) this.#stamp();
    if (isAbridged) this.#lines.lose();
    this.#lines.feedSpans(buffer, spans, spanCount);
    this.progress++;
    return mayHoldMark;
  }

  /** In front of what has just been read, in one packet with it: the event that begins there is the one stamped. */
  #stamp(): void {
    const { out } = this.#exchange;
    out.cork();
    process.nextTick(() => out.uncork());
    this.comment(`unclog ${++this.#stamps} ${Date.now()}`);
  }

  #insert(lines: string): void {
    if (this.#lines.isAtStart) this.#heldMark = 0;
    this.#write(Buffer.from(lines, 'latin1'));
    this.#lines.inserted();
  }

  /**
   * A byte order mark is none behind a line of ours; left there it would become part of a field's name. Returns where
   * the bytes to be passed on begin. Part of one is kept back, since no line ends within it.
   */
  #skipMark(buffer: Uint8Array, from: number, to: number): number {
    const heldBefore = this.#heldMark;
    let at = from;
    while (at < to && this.#heldMark < BYTE_ORDER_MARK.length) {
      if (buffer[at] !== BYTE_ORDER_MARK[this.#heldMark]) {
        this.#heldMark = -1;
        if (heldBefore > 0) this.#write(Buffer.from(BYTE_ORDER_MARK.subarray(0, heldBefore)));
        return from;
      }
      at++;
      this.#heldMark++;
    }
    if (this.#heldMark === BYTE_ORDER_MARK.length) this.#heldMark = -1;
    return at;
  }
}
