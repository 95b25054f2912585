import { headerTokens } from '../../http/header-list.ts';
import { type AnswerSink, wireError } from './answer-sink.ts';
import { bodyFraming } from './body-framing.ts';
import { ChunkReader } from './chunk-reader.ts';
import { endOfHead, parseFieldLines, parseStatusLine, splitLines } from './head-lines.ts';

/** Four times what large products allow for a whole response head. */
const MOST_HEAD_BYTES = 262_144;
/** RFC 9110 section 15.2 sets no bound on interim answers; nobody sends so many. */
const MOST_INTERIM = 100;
const FIRST_BYTES_SHOWN = 40;

/**
 * Reads one HTTP/1 answer from the bytes of a connection, without a socket: what it finds goes to the sink with the
 * time at which the read came that carried it.
 */
export class Http1Reader {
  /** The answer has ended, one way or the other. */
  over = false;
  /** After a complete answer: the connection may carry another exchange. */
  reusable = false;

  readonly #method: string;
  readonly #sink: AnswerSink;
  readonly #head = new GrowingBuffer();
  #interim = 0;
  #body: ChunkReader | 'length' | 'close' | null = null;
  #leftBytes = 0;
  #persistent = false;

  constructor(method: string, sink: AnswerSink) {
    this.#method = method;
    this.#sink = sink;
  }

  /** Takes one socket read. */
  feed(bytes: Buffer, atMs: number): void {
    if (this.over) return;
    const read = this.#sink.onRead(atMs, bytes.length);
    let rest: Buffer | null = bytes;
    while (rest !== null && rest.length > 0 && !this.over && this.#body === null)
      rest = this.#takeHead(rest, atMs);
    if (rest !== null && rest.length > 0 && !this.over) this.#takeBody(rest, atMs, read);
  }

  /** The connection ended; `reset`: by an abort of the other side, not by an orderly close. */
  end(error: NodeJS.ErrnoException | null, reset: boolean, atMs: number): void {
    if (this.over) return;
    this.over = true;
    const detail = error === null || error.code === 'ECONNRESET' ? null : error.message;
    if (this.#body === null) this.#sink.onFail(error ?? this.#closedTooEarly());
    else if (reset) this.#sink.onEnd('reset', detail);
    else if (error !== null) this.#sink.onEnd('truncated', detail);
    else if (this.#body === 'close') this.#sink.onEnd('closed', null);
    else if (this.#body instanceof ChunkReader && this.#body.sawLastChunk) {
      // RFC 9112 section 8: a chunked body is complete with its last chunk, whatever is missing behind it.
      this.#sink.onFault({
        code: 'final-crlf',
        detail: 'the empty line behind the last chunk is missing',
        atMs,
      });
      this.#sink.onEnd('complete', null);
    } else this.#sink.onEnd('truncated', null);
  }

  #closedTooEarly(): NodeJS.ErrnoException {
    const some = this.#head.bytes.length > 0 ? 'in the middle of the response head' : 'without an answer';
    return wireError('ECONNRESET', `the connection was closed ${some}`);
  }

  #finish(detail: string | null = null): void {
    this.over = true;
    this.#sink.onEnd('complete', detail);
  }

  #fail(code: string, message: string): null {
    this.over = true;
    this.#sink.onFail(wireError(code, message));
    return null;
  }

  /** Returns what stands behind the head, or null where it is not complete. */
  #takeHead(piece: Buffer, atMs: number): Buffer | null {
    const before = this.#head.bytes.length;
    let bytes = piece;
    // RFC 9112 section 2.2 has servers skip empty lines in front of a message; some answers have them, too.
    while (before === 0 && (bytes[0] === 13 || bytes[0] === 10)) bytes = bytes.subarray(1);
    const all = before === 0 ? bytes : this.#head.append(bytes);
    if (!couldBeHttp(all)) return this.#fail('UNCLOG_NOT_HTTP', `what came is not HTTP/1: ${whatCame(all)}`);
    const end = endOfHead(all, Math.max(0, before - 3));
    if (end < 0) {
      if (all.length > MOST_HEAD_BYTES)
        return this.#fail(
          'UNCLOG_HEAD_TOO_LARGE',
          `the response head is larger than ${MOST_HEAD_BYTES} bytes`,
        );
      if (before === 0) this.#head.append(all);
      return null;
    }
    this.#readHead(all.toString('latin1', 0, end), end, atMs);
    const rest = all.subarray(end);
    this.#head.clear();
    return rest;
  }

  #readHead(text: string, headBytes: number, atMs: number): void {
    const lines = splitLines(text);
    const status = parseStatusLine(lines[0] ?? '');
    if (status === null) {
      this.#fail(
        'UNCLOG_NOT_HTTP',
        `what came is not HTTP/1: its first line is "${(lines[0] ?? '').slice(0, 80)}"`,
      );
      return;
    }
    const { headers, faults } = parseFieldLines(lines.slice(1, -2));
    if (/[^\r]\n/.test(text)) faults.push(['bare-lf', 'lines of the head end with LF alone']);
    if (status.status < 200 && status.status !== 101) {
      this.#sink.onInterim({ status: status.status, headers, atMs });
      this.#interim += 1;
      if (this.#interim > MOST_INTERIM)
        this.#fail('UNCLOG_NOT_HTTP', `more than ${MOST_INTERIM} interim answers came, and no other`);
      return;
    }
    const body = bodyFraming(this.#method, status.status, status.httpVersion, headers);
    for (const [code, detail] of [...faults, ...body.faults]) this.#sink.onFault({ code, detail, atMs });
    this.#persistent = isPersistent(status.httpVersion, headerTokens(headers, 'connection'));
    this.#sink.onHead({ ...status, headers, framing: body.framing, headBytes, atMs });
    this.#beginBody(status.status, body.framing, body.lengthBytes);
  }

  #beginBody(status: number, framing: string, lengthBytes: number): void {
    this.#body = 'length';
    if (this.over) return;
    if (status === 101) {
      this.#finish('the server switched protocols');
      return;
    }
    if (framing === 'chunked') this.#body = new ChunkReader(this.#sink);
    else if (framing === 'close') this.#body = 'close';
    this.#leftBytes = lengthBytes;
    if (this.#body === 'length' && lengthBytes === 0) {
      this.reusable = this.#persistent;
      this.#finish();
    }
  }

  #takeBody(bytes: Buffer, atMs: number, read: number): void {
    let used = bytes.length;
    if (this.#body instanceof ChunkReader) {
      used = this.#body.feed(bytes, atMs, read);
      if (this.#body.broken !== null) {
        this.over = true;
        this.#sink.onEnd('truncated', `the chunked framing is broken: ${this.#body.broken}`);
        return;
      }
      if (!this.#body.done) return;
    } else if (this.#body === 'close') {
      this.#sink.onBody(bytes, atMs, read);
      return;
    } else {
      used = Math.min(bytes.length, this.#leftBytes);
      this.#leftBytes -= used;
      this.#sink.onBody(bytes.subarray(0, used), atMs, read);
      if (this.#leftBytes > 0) return;
    }
    if (used < bytes.length)
      this.#sink.onFault({ code: 'excess-bytes', detail: 'bytes follow the end of the answer', atMs });
    this.reusable = this.#persistent && used === bytes.length;
    this.#finish();
  }
}

/** Bytes put together without copying all of them for each piece. */
class GrowingBuffer {
  bytes: Buffer = Buffer.alloc(0);
  #room: Buffer = Buffer.alloc(0);

  append(piece: Buffer): Buffer {
    const length = this.bytes.length + piece.length;
    if (length > this.#room.length) {
      this.#room = Buffer.alloc(2 * length);
      this.bytes.copy(this.#room);
    }
    piece.copy(this.#room, this.bytes.length);
    this.bytes = this.#room.subarray(0, length);
    return this.bytes;
  }

  /** What was handed out stays as it is. */
  clear(): void {
    this.bytes = Buffer.alloc(0);
    this.#room = Buffer.alloc(0);
  }
}

/** RFC 9112 section 9.3. */
function isPersistent(httpVersion: string, connection: string[]): boolean {
  if (connection.includes('close')) return false;
  return httpVersion === '1.1' || connection.includes('keep-alive');
}

function couldBeHttp(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 5);
  return 'HTTP/'.startsWith(start);
}

/** What an answer in another protocol is, for a sentence. */
function whatCame(bytes: Buffer): string {
  if ((bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3) return 'TLS; is it https:// there?';
  if (bytes[0] === 0 && bytes[1] === 0 && bytes[3] === 4)
    return 'HTTP/2 without TLS; --http2-prior-knowledge speaks it';
  const text = bytes.toString('latin1', 0, FIRST_BYTES_SHOWN).replace(/[^\x20-\x7e]+/g, '.');
  return `it begins with "${text}"`;
}
