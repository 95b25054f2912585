import type {
  Framing,
  HeaderList,
  InterimResponse,
  ProtocolFault,
  WireChunk,
  WireFrame,
} from '../../types.ts';

/** A complete response head, and how the end of its body is marked. */
export interface AnswerHead {
  status: number;
  reason: string;
  httpVersion: string;
  headers: HeaderList;
  framing: Framing;
  /** Status line, fields and empty line; in HTTP/2 the compressed header block. */
  headBytes: number;
  /** Arrival of the read that completed it. */
  atMs: number;
}

/** How an answer came to its end, as far as its framing tells. */
export type AnswerEnd = 'complete' | 'closed' | 'truncated' | 'reset';

/** Hears of an answer piece by piece, in order; {@link onEnd} or {@link onFail} comes last and once. */
export interface AnswerSink {
  /** A socket read that carries some of the answer; returns its index. */
  onRead(atMs: number, bytes: number): number;
  onInterim(interim: InterimResponse): void;
  onHead(head: AnswerHead): void;
  onBody(bytes: Buffer, atMs: number, read: number): void;
  /** Its `doneMs` is filled in later. */
  onChunk(chunk: WireChunk): void;
  onFrame(frame: WireFrame): void;
  onTrailers(trailers: HeaderList): void;
  onFault(fault: ProtocolFault): void;
  onEnd(reason: AnswerEnd, detail: string | null): void;
  /** No response head came, and none will. */
  onFail(error: NodeJS.ErrnoException): void;
}

/** What to send. */
export interface WireRequest {
  method: string;
  url: URL;
  /** Without `Host`, unless it is to differ from the URL's, and without framing fields. */
  fields: HeaderList;
  body: Buffer | null;
  /** `body` is only its beginning, of the length that `Content-Length` says; the rest follows with {@link Channel.more}. */
  unfinished?: boolean;
  /**
   * No other exchange follows, which HTTP/1.1 says with `Connection: close` (RFC 9112 section 9.6): a hop that goes by the end
   * of the connection is not made to wait for it longer than for the answer.
   */
  last?: boolean;
}

/** A connection that carries one exchange after the other. */
export interface Channel {
  /** True as long as another exchange may be begun. */
  readonly usable: boolean;
  /**
   * Sends a request; not before the answer to the one before has ended.
   *
   * @param onSent called with the time at which its last byte was handed to the system
   */
  exchange(request: WireRequest, sink: AnswerSink, onSent: (atMs: number) => void): void;
  /** More of the body of an unfinished request; nothing once the answer has ended or the connection is gone. */
  more(bytes: Buffer, last: boolean): void;
  /** Drops the connection; the sink hears nothing more. */
  close(): void;
}

/** An error with a code, as Node's own have one. */
export function wireError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
