import type { HeaderList } from '../types.ts';
import { Ext, isText, nextInExtension } from './chunk-extension.ts';
import { parseTrailerLine } from './trailer-fields.ts';

/** Why a chunked body was refused. */
export type ChunkFault =
  | 'chunk-size' // no digit, a stray byte, or more than 16 digits
  | 'chunk-size-overflow' // a size that a JavaScript number cannot hold
  | 'chunk-extension' // longer than allowed, or with a control character
  | 'chunk-line-end' // CR without LF, or LF without CR
  | 'chunk-end' // the chunk's data is not followed by CRLF
  | 'trailer' // malformed, or a field that may not be a trailer
  | 'trailer-size';

/**
 * `framed`: spans hold the framing too, extensions and the end left out. `payload`: spans hold the data alone. `whole`:
 * as `payload`, but a long run of whole chunks is not taken apart: see {@link ChunkScanner.isAbridged}.
 */
export type SpanMode = 'framed' | 'payload' | 'whole';

/** Bounds, in bytes and fields, on what is not payload. */
const MAX_SIZE_DIGITS = 16;
const MAX_EXTENSION_BYTES = 1_024;
const MAX_TRAILER_BYTES = 8_192;
const MAX_TRAILER_FIELDS = 64;

/** Sizes of up to so many digits are read whole; longer ones, and all that is unusual, byte by byte. */
const MAX_WHOLE_DIGITS = 6;

const CR = 13;
const LF = 10;
const SEMICOLON = 59;

/** In mode `whole` fewer chunks than this are taken apart: putting them into one of our own costs as little. */
export const LONG_RUN_CHUNKS = 6;

/** A read of many tiny chunks must not leave a stream with a large array for the rest of its life. */
const MAX_KEPT_SPANS = 2_048;

/** What the next byte belongs to. */
enum At {
  sizeStart,
  size,
  extension,
  sizeLf,
  data,
  dataCr,
  dataLf,
  trailer,
  trailerLf,
  over,
}

/** Value of a hexadecimal digit, or 255. */
const HEX = new Uint8Array(256).fill(255);
for (const [index, digit] of [...'0123456789abcdef'].entries()) {
  HEX[digit.charCodeAt(0)] = index;
  HEX[digit.toUpperCase().charCodeAt(0)] = index;
}

/**
 * Reads a chunked body (RFC 9112 section 7.1) piece by piece without decoding it: after each {@link scan},
 * {@link spans} says which bytes of that piece are to be passed on. Strict: CRLF alone ends a line, nothing but
 * an extension may follow a size, and whatever is unclear is a fault. Neither faults nor the bytes passed on depend
 * on how the body was cut into pieces.
 */
export class ChunkScanner {
  /** Flat pairs start, end into the buffer last scanned; only the first {@link spanCount} numbers count. */
  readonly spans: number[] = [0, 0];
  /** An array that is emptied gives its memory back, and would take it again at each read. */
  spanCount = 0;
  /** In payload mode: the longest run of whole chunks in the piece last scanned, with their framing; empty where equal. */
  wholeFrom = 0;
  wholeTo = 0;
  /** The body's end has been read. */
  done = false;
  fault: ChunkFault | null = null;
  /** Trailer fields; complete when {@link done}. */
  readonly trailers: HeaderList = [];
  payloadBytes = 0;
  chunks = 0;

  /**
   * Of the run `[wholeFrom, wholeTo)` the spans have the last chunk's payload alone: listing that of each costs more than
   * all the rest, for events that are small.
   */
  isAbridged = false;

  #framed: boolean;
  readonly #mayAbridge: boolean;
  #at: At = At.sizeStart;
  #size = 0;
  #digits = 0;
  /** Bytes of the current chunk's data still to come. */
  #left = 0;
  #extension = Ext.nameStart;
  #extensionBytes = 0;
  #trailerLine = '';
  #trailerBytes = 0;

  constructor(mode: SpanMode) {
    this.#framed = mode === 'framed';
    this.#mayAbridge = mode === 'whole';
  }

  /** The next byte begins a chunk. */
  get isBetweenChunks(): boolean {
    return this.#at === At.sizeStart;
  }

  /** Bytes up to the end of the chunk whose data is under way; 0 where none is. */
  get restOfChunk(): number {
    if (this.#at === At.data) return this.#left + 2;
    return this.#at === At.dataCr ? 2 : this.#at === At.dataLf ? 1 : 0;
  }

  /** From now on spans hold the data alone. Between two chunks only: the framing of one is not to be passed on by half. */
  dropFraming(): void {
    this.#framed = false;
  }

  /** Becomes a reader of payload that stands where `other` stands. */
  follow(other: ChunkScanner): void {
    this.#framed = false;
    this.done = other.done;
    this.fault = other.fault;
    this.trailers.length = 0;
    this.#at = other.#at;
    this.#size = other.#size;
    this.#digits = other.#digits;
    this.#left = other.#left;
    this.#extension = other.#extension;
    this.#extensionBytes = other.#extensionBytes;
    this.#trailerLine = other.#trailerLine;
    this.#trailerBytes = other.#trailerBytes;
  }

  /** Scans `buffer[from, to)`; returns the index after the last byte that belongs to the body. */
  scan(buffer: Uint8Array, from: number, to: number): number {
    if (this.spanCount > MAX_KEPT_SPANS) this.spans.length = MAX_KEPT_SPANS;
    this.spanCount = 0;
    this.wholeFrom = 0;
    this.wholeTo = 0;
    this.isAbridged = false;
    const framed = this.#framed;
    // Start of the bytes that are to be passed on as they stand; -1 outside of such a run.
    let open = framed && this.#at < At.trailer && this.#at !== At.extension ? from : -1;
    // After a last chunk's size its line end is held back until the trailers turn out to be well-formed.
    if (this.#at === At.sizeLf && this.#size === 0) open = -1;
    let i = this.#at === At.sizeStart ? this.#wholeChunks(buffer, from, to) : from;
    while (i < to) {
      const byte = buffer[i] as number;
      switch (this.#at) {
        case At.sizeStart:
        case At.size: {
          const digit = HEX[byte] as number;
          if (digit !== 255) {
            if (++this.#digits > MAX_SIZE_DIGITS) return this.#refuse('chunk-size', open, i);
            this.#size = this.#size * 16 + digit;
            this.#at = At.size;
            i++;
            break;
          }
          if (this.#at === At.sizeStart) return this.#refuse('chunk-size', open, i);
          if (this.#size > Number.MAX_SAFE_INTEGER) return this.#refuse('chunk-size-overflow', open, i);
          if (byte === SEMICOLON) {
            open = this.#close(open, i);
            this.#extensionBytes = 0;
            this.#extension = Ext.nameStart;
            this.#at = At.extension;
          } else if (byte === CR) {
            if (this.#size === 0) open = this.#close(open, i);
            this.#at = At.sizeLf;
          } else return this.#refuse('chunk-size', open, i);
          i++;
          break;
        }
        case At.extension: {
          this.#extension = nextInExtension(this.#extension, byte);
          if (++this.#extensionBytes > MAX_EXTENSION_BYTES || this.#extension === Ext.fault) {
            return this.#refuse('chunk-extension', open, i);
          }
          if (this.#extension === Ext.over) {
            if (framed && this.#size !== 0) open = i;
            this.#at = At.sizeLf;
          }
          i++;
          break;
        }
        case At.sizeLf: {
          if (byte !== LF) return this.#refuse('chunk-line-end', open, i);
          i++;
          this.#left = this.#size;
          this.#at = this.#size === 0 ? At.trailer : At.data;
          if (this.#size !== 0) this.chunks++;
          break;
        }
        case At.data: {
          const end = Math.min(to, i + this.#left);
          const bytes = end - i;
          if (!framed) this.#addSpan(i, end);
          this.payloadBytes += bytes;
          this.#left -= bytes;
          if (this.#left === 0) this.#at = At.dataCr;
          i = end;
          break;
        }
        case At.dataCr: {
          if (byte !== CR) return this.#refuse('chunk-end', open, i);
          this.#at = At.dataLf;
          i++;
          break;
        }
        case At.dataLf: {
          if (byte !== LF) return this.#refuse('chunk-end', open, i);
          this.#at = At.sizeStart;
          this.#size = 0;
          this.#digits = 0;
          i = this.#wholeChunks(buffer, i + 1, to);
          break;
        }
        case At.trailer: {
          if (byte === CR) this.#at = At.trailerLf;
          else if (!isText(byte)) return this.#refuse('trailer', open, i);
          else this.#trailerLine += String.fromCharCode(byte);
          if (++this.#trailerBytes > MAX_TRAILER_BYTES) return this.#refuse('trailer-size', open, i);
          i++;
          break;
        }
        case At.trailerLf: {
          if (byte !== LF) return this.#refuse('trailer', open, i);
          i++;
          if (this.#trailerLine === '') {
            this.#at = At.over;
            this.done = true;
            return i;
          }
          if (!this.#addTrailer()) return this.#refuse(this.fault ?? 'trailer', open, i);
          this.#at = At.trailer;
          break;
        }
        case At.over:
          return i;
      }
    }
    this.#close(open, i);
    return i;
  }

  /**
   * Takes the chunks that lie in the piece from size line to end and have nothing unusual, and returns where the first
   * other one begins: {@link scan} reads that byte by byte, so all it refuses is refused here too.
   */
  #wholeChunks(buffer: Uint8Array, from: number, to: number): number {
    let i = from;
    let chunks = 0;
    let payloadBytes = 0;
    let lastData = 0;
    const lists = !this.#framed && (!this.#mayAbridge || this.isAbridged);
    for (;;) {
      let at = i;
      let size = 0;
      const lastDigit = Math.min(to, i + MAX_WHOLE_DIGITS);
      while (at < lastDigit) {
        const digit = HEX[buffer[at] as number] as number;
        if (digit === 255) break;
        size = (size << 4) | digit;
        at++;
      }
      const data = at + 2;
      const end = data + size;
      if (size === 0 || end + 2 > to) break;
      if (buffer[at] !== CR || buffer[at + 1] !== LF || buffer[end] !== CR || buffer[end + 1] !== LF) break;
      if (lists) this.#addSpan(data, end);
      lastData = data;
      chunks++;
      payloadBytes += size;
      i = end + 2;
    }
    this.chunks += chunks;
    this.payloadBytes += payloadBytes;
    if (this.#framed || chunks === 0) return i;
    const isLong = !lists && chunks >= LONG_RUN_CHUNKS;
    if (isLong || (!this.isAbridged && i - from > this.wholeTo - this.wholeFrom)) {
      this.wholeFrom = from;
      this.wholeTo = i;
    }
    this.isAbridged ||= isLong;
    if (isLong) this.#addSpan(lastData, i - 2);
    else if (!lists) this.#listChunks(buffer, from, i);
    return i;
  }

  /** Adds the payload of whole chunks that have been read. */
  #listChunks(buffer: Uint8Array, from: number, to: number): void {
    let i = from;
    while (i < to) {
      let size = 0;
      for (
        let digit = HEX[buffer[i] as number] as number;
        digit !== 255;
        digit = HEX[buffer[i] as number] as number
      ) {
        size = (size << 4) | digit;
        i++;
      }
      this.#addSpan(i + 2, i + 2 + size);
      i += size + 4;
    }
  }

  /** Lists all payload of the piece last scanned after all; `buffer` still holds it. */
  takeApart(buffer: Uint8Array): void {
    if (!this.isAbridged) return;
    this.isAbridged = false;
    const { spans, wholeFrom, wholeTo } = this;
    const before = spans.slice(0, this.spanCount);
    this.spanCount = 0;
    for (let i = 0; i < before.length; i += 2) {
      const from = before[i] as number;
      if (from >= wholeFrom && from < wholeTo) this.#listChunks(buffer, wholeFrom, wholeTo);
      else this.#addSpan(from, before[i + 1] as number);
    }
  }

  /** {@link spans} alone says what is to be passed on of the piece last scanned. Not while it is abridged. */
  forgetWhole(): void {
    this.wholeTo = this.wholeFrom;
  }

  #addSpan(from: number, to: number): void {
    this.spans[this.spanCount++] = from;
    this.spans[this.spanCount++] = to;
  }

  #addTrailer(): boolean {
    const field = parseTrailerLine(this.#trailerLine);
    this.#trailerLine = '';
    if (field === null) return false;
    if (this.trailers.length === MAX_TRAILER_FIELDS) {
      this.fault = 'trailer-size';
      return false;
    }
    this.trailers.push(field);
    return true;
  }

  /** Ends the run of bytes to be passed on. */
  #close(open: number, at: number): -1 {
    if (open !== -1 && at > open) this.#addSpan(open, at);
    return -1;
  }

  #refuse(fault: ChunkFault, open: number, at: number): number {
    this.#close(open, at);
    this.fault = fault;
    this.#at = At.over;
    return at;
  }
}
