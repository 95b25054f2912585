import { fromRawHeaders } from '../../http/header-list.ts';
import type { HeaderList, WireFrame } from '../../types.ts';
import { type AnswerEnd, type AnswerSink, wireError } from './answer-sink.ts';
import { contentLength } from './body-framing.ts';
import { FLAG, FRAME, type FrameHead } from './frame-scanner.ts';

/** RFC 9113 section 7. */
const ERROR_CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

interface FieldBlock {
  atMs: number;
  bytes: number;
}

/**
 * Puts one HTTP/2 answer together from two sources: frames as they come, and field values, which node:http2 hands over a
 * moment later. What frames tell waits until the head they follow is known.
 */
export class Http2Reader {
  over = false;

  readonly #method: string;
  readonly #sink: AnswerSink;
  #read: number | null = null;
  /** Header blocks that came and whose values did not yet. */
  readonly #blocks: FieldBlock[] = [];
  #block: FieldBlock = { atMs: 0, bytes: 0 };
  #waiting: (() => void)[] | null = [];
  #frame: WireFrame | null = null;
  #dataLeftBytes = 0;
  #padLength = false;
  #small: Buffer = Buffer.alloc(0);
  #lengthBytes: number | null = null;
  #bodyBytes = 0;
  #ended = false;
  /** A sentence about the server's farewell. */
  #goAway: string | null = null;

  constructor(method: string, sink: AnswerSink) {
    this.#method = method;
    this.#sink = sink;
  }

  onFrame(head: FrameHead, atMs: number, readBytes: number): void {
    this.#small = Buffer.alloc(0);
    if (head.type !== FRAME.data && head.type !== FRAME.headers && head.type !== FRAME.continuation) return;
    const read = this.#readIndex(atMs, readBytes);
    if (head.type !== FRAME.data) {
      if (head.type === FRAME.headers) this.#block = { atMs, bytes: 0 };
      this.#block.bytes += head.length;
      return;
    }
    this.#padLength = (head.flags & FLAG.padded) !== 0;
    this.#dataLeftBytes = head.length;
    const frame: WireFrame = { atMs, read, bytes: head.length };
    this.#frame = frame;
    this.#whenHeadIsKnown(() => this.#sink.onFrame(frame));
  }

  onPayload(head: FrameHead, bytes: Buffer, atMs: number, readBytes: number): void {
    if (head.type === FRAME.reset || head.type === FRAME.goAway) {
      if (this.#small.length < 8) this.#small = Buffer.concat([this.#small, bytes.subarray(0, 8)]);
      return;
    }
    const read = this.#readIndex(atMs, readBytes);
    if (head.type !== FRAME.data) return;
    let data = bytes;
    if (this.#padLength && this.#frame !== null) {
      const paddingBytes = 1 + (data[0] ?? 0);
      this.#padLength = false;
      this.#frame.paddingBytes = paddingBytes;
      this.#frame.bytes = Math.max(0, head.length - paddingBytes);
      this.#dataLeftBytes = this.#frame.bytes;
      data = data.subarray(1);
    }
    data = data.subarray(0, this.#dataLeftBytes);
    this.#dataLeftBytes -= data.length;
    this.#bodyBytes += data.length;
    if (data.length > 0) this.#whenHeadIsKnown(() => this.#sink.onBody(data, atMs, read));
  }

  onFrameEnd(head: FrameHead, atMs: number): void {
    const isFields = head.type === FRAME.headers || head.type === FRAME.continuation;
    if (isFields && (head.flags & FLAG.endHeaders) !== 0) this.#blocks.push({ ...this.#block, atMs });
    if (head.type === FRAME.goAway)
      this.#goAway = `the server closed the connection: GOAWAY ${errorName(this.#small, 4)}`;
    const last = head.type === FRAME.data || head.type === FRAME.headers;
    if (last && (head.flags & FLAG.endStream) !== 0) this.#endOfBody(atMs);
    if (head.type === FRAME.reset) this.#onReset(errorName(this.#small, 0));
  }

  endRead(): void {
    this.#read = null;
  }

  /** Field values of the next header block. */
  onFields(kind: 'interim' | 'head' | 'trailers', raw: string[]): void {
    const all = fromRawHeaders(raw);
    const headers: HeaderList = all.filter(([name]) => !name.startsWith(':'));
    const { atMs, bytes } = this.#blocks.shift() ?? this.#block;
    if (this.over) return;
    if (kind === 'trailers') {
      this.#sink.onTrailers(headers);
      return;
    }
    const status = Number(all.find(([name]) => name === ':status')?.[1]);
    if (kind === 'interim') {
      this.#sink.onInterim({ status, headers, atMs });
      return;
    }
    const without = this.#method === 'HEAD' || status === 204 || status === 304;
    this.#lengthBytes = without ? null : contentLength(headers);
    this.#sink.onHead({
      status,
      reason: '',
      httpVersion: '2',
      headers,
      framing: 'h2',
      headBytes: bytes,
      atMs,
    });
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const tell of waiting) tell();
  }

  /** node:http2 is through with the stream; what the frames said counts, if they said anything. */
  endOfStream(): void {
    setImmediate(() => this.end(null));
  }

  /** The connection closed. */
  end(error: NodeJS.ErrnoException | null): void {
    if (this.over || (this.#ended && this.#waiting === null)) return;
    if (this.#waiting !== null) {
      this.fail(error ?? wireError('ECONNRESET', 'the connection was closed without an answer'));
      return;
    }
    const reset = error?.code === 'ECONNRESET';
    this.#finish(reset ? 'reset' : 'truncated', this.#goAway ?? (reset ? null : (error?.message ?? null)));
  }

  fail(error: NodeJS.ErrnoException): void {
    if (this.over || (this.#ended && this.#waiting === null)) return;
    if (this.#waiting === null) {
      this.#finish('truncated', this.#goAway ?? error.message);
      return;
    }
    this.over = true;
    this.#sink.onFail(this.#goAway === null ? error : wireError(error.code ?? 'UNKNOWN', this.#goAway));
  }

  /** Nothing more is to be told. */
  abandon(): void {
    this.over = true;
  }

  #endOfBody(atMs: number): void {
    this.#ended = true;
    this.#whenHeadIsKnown(() => {
      // Trailers are handed over after this turn, like every header block.
      setImmediate(() => {
        const length = this.#lengthBytes;
        if (length === null || length === this.#bodyBytes) return this.#finish('complete', null);
        const detail = `the body has ${this.#bodyBytes} bytes, Content-Length says ${length}`;
        if (!this.over) this.#sink.onFault({ code: 'content-length', detail, atMs });
        this.#finish(this.#bodyBytes < length ? 'truncated' : 'complete', null);
      });
    });
  }

  #onReset(code: string): void {
    if (this.over || this.#ended) return;
    if (this.#waiting !== null && this.#blocks.length === 0) {
      this.fail(wireError('ERR_HTTP2_STREAM_ERROR', `the server reset the stream: ${code}`));
      return;
    }
    this.#ended = true;
    this.#whenHeadIsKnown(() => this.#finish('reset', `the server reset the stream: ${code}`));
  }

  #finish(reason: AnswerEnd, detail: string | null): void {
    if (this.over) return;
    this.over = true;
    this.#sink.onEnd(reason, detail);
  }

  #whenHeadIsKnown(tell: () => void): void {
    if (this.#waiting === null) tell();
    else this.#waiting.push(() => (this.over ? undefined : tell()));
  }

  #readIndex(atMs: number, readBytes: number): number {
    this.#read ??= this.#sink.onRead(atMs, readBytes);
    return this.#read;
  }
}

function errorName(payload: Buffer, offset: number): string {
  if (payload.length < offset + 4) return 'without a code';
  const code = payload.readUInt32BE(offset);
  return ERROR_CODES[code] ?? `0x${code.toString(16)}`;
}
