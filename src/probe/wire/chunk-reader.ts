import { type ChunkFault, ChunkScanner } from '../../http/chunk-scanner.ts';
import type { WireChunk } from '../../types.ts';
import type { AnswerSink } from './answer-sink.ts';
import { parseFieldLines, splitLines } from './head-lines.ts';

const CR = 13;
const LF = 10;
/** A size line or a trailer section longer than this is no framing any more. */
const MOST_LINE_BYTES = 65_536;
const MOST_EXTENSION_CHARACTERS = 200;

const DETAILS: Readonly<Record<ChunkFault, string>> = {
  'chunk-size': 'a chunk does not begin with a plain hexadecimal size',
  'chunk-size-overflow': 'a chunk announces more bytes than can be counted',
  'chunk-extension': 'a chunk extension is malformed or too long',
  'chunk-line-end': 'a chunk size line does not end with CR LF',
  'chunk-end': "a chunk's data is not followed by CR LF",
  trailer: 'a trailer line is malformed or may not be a trailer',
  'trailer-size': 'the trailer section is too large',
};

/**
 * Reads a chunked body and keeps how it was chunked. More lenient than the gateway, since a recording of what a sloppy
 * server sends is worth more than a refusal: the gateway's own scanner runs along and says what it would have refused.
 */
export class ChunkReader {
  /** The last chunk and the end of the trailers have been read. */
  done = false;
  /** The last chunk has been read. */
  sawLastChunk = false;
  /** The framing cannot be followed any further; a sentence. */
  broken: string | null = null;

  readonly #sink: AnswerSink;
  readonly #strict = new ChunkScanner('payload');
  #state: 'size' | 'data' | 'data-end' | 'trailer' = 'size';
  #chunk: WireChunk | null = null;
  #leftBytes = 0;
  #line = '';
  #trailer = '';

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** Takes bytes of one socket read; returns the index after the last one that belongs to the body. */
  feed(bytes: Buffer, atMs: number, read: number): number {
    this.#scanStrictly(bytes, atMs);
    let at = 0;
    while (at < bytes.length && !this.done && this.broken === null) {
      if (this.#state === 'data') at = this.#takeData(bytes, at, atMs, read);
      else if (this.#state === 'data-end') at = this.#takeDataEnd(bytes, at, atMs);
      else at = this.#takeLine(bytes, at, atMs, read);
    }
    return at;
  }

  #scanStrictly(bytes: Buffer, atMs: number): void {
    const strict = this.#strict;
    if (strict.fault !== null || strict.done) return;
    strict.scan(bytes, 0, bytes.length);
    if (strict.fault !== null) this.#fault(strict.fault, atMs);
  }

  #fault(fault: ChunkFault, atMs: number): void {
    this.#sink.onFault({ code: fault, detail: DETAILS[fault], atMs });
  }

  /** The scanner has told of it, unless it stopped earlier for something else. */
  #break(fault: ChunkFault, atMs: number): void {
    this.broken = DETAILS[fault];
    if (this.#strict.fault !== fault) this.#fault(fault, atMs);
  }

  #takeData(bytes: Buffer, at: number, atMs: number, read: number): number {
    const end = Math.min(bytes.length, at + this.#leftBytes);
    this.#leftBytes -= end - at;
    this.#sink.onBody(bytes.subarray(at, end), atMs, read);
    if (this.#leftBytes === 0) {
      if (this.#chunk !== null) this.#chunk.doneMs = atMs;
      this.#state = 'data-end';
      this.#line = '';
    }
    return end;
  }

  #takeDataEnd(bytes: Buffer, at: number, atMs: number): number {
    const byte = bytes[at];
    if (byte === CR && this.#line === '') this.#line = '\r';
    else if (byte === LF) {
      this.#state = 'size';
      this.#line = '';
    } else this.#break('chunk-end', atMs);
    return at + 1;
  }

  #takeLine(bytes: Buffer, at: number, atMs: number, read: number): number {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf;
    this.#line += bytes.toString('latin1', at, end);
    if (this.#line.length > MOST_LINE_BYTES) {
      this.#break(this.#state === 'trailer' ? 'trailer-size' : 'chunk-extension', atMs);
      return end;
    }
    if (lf < 0) return end;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    if (this.#state === 'size') this.#beginChunk(line, atMs, read);
    else this.#addTrailer(line, atMs);
    return end + 1;
  }

  #beginChunk(line: string, atMs: number, read: number): void {
    const match = /^[ \t]*([0-9a-f]+)((?:[ \t;].*)?)$/is.exec(line);
    const digits = match?.[1];
    if (digits === undefined) {
      this.#break('chunk-size', atMs);
      return;
    }
    const bytes = Number.parseInt(digits, 16);
    if (!Number.isSafeInteger(bytes)) {
      this.#break('chunk-size-overflow', atMs);
      return;
    }
    const extension = (match?.[2] ?? '').slice(0, MOST_EXTENSION_CHARACTERS);
    const chunk: WireChunk = { atMs, read, doneMs: null, bytes, digits: digits.slice(0, 32) };
    if (extension !== '') chunk.extension = extension;
    if (bytes === 0) chunk.doneMs = atMs;
    this.#sink.onChunk(chunk);
    this.#chunk = chunk;
    this.#leftBytes = bytes;
    this.sawLastChunk = bytes === 0;
    this.#state = bytes === 0 ? 'trailer' : 'data';
  }

  #addTrailer(line: string, atMs: number): void {
    if (line !== '') {
      this.#trailer += `${line}\r\n`;
      if (this.#trailer.length > MOST_LINE_BYTES) this.#break('trailer-size', atMs);
      return;
    }
    this.done = true;
    if (this.#trailer === '') return;
    this.#sink.onTrailers(parseFieldLines(splitLines(this.#trailer).slice(0, -1)).headers);
  }
}
