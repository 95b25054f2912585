import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { Allowance } from './allowance.ts';
import { Http2Client, type Http2StreamEvents } from './http2-client.ts';
import { Http2RequestHead } from './http2-request.ts';
import { LIMITS } from './limits.ts';

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_FLAG_END_STREAM } = constants;

/** Why an HTTP/2 connection was closed on its client. */
export const HTTP2_CLOSINGS = ['rapid-reset', 'control-flood', 'protocol-error', 'unresponsive'] as const;
export type Http2Closing = (typeof HTTP2_CLOSINGS)[number];

const TOO_MUCH = 'more than an honest client sends';

/** How often each connection is looked at. */
const LOOK_MS = 1_000;
/** Looks at which a connection may stand still, with something to be written, before it counts as given up. */
const STILL_LOOKS = 2;
/** How long a client with open streams may be silent before it is asked whether it is there. */
const PING_MS = 30_000;

/** What HTTP/2 connections need of their gateway. */
export interface Http2Host {
  /** How long a client may take for its first request, and how long between two. */
  readonly headTimeoutMs: number;
  /** Larger heads are answered 431. */
  readonly maxRequestHeadBytes: number;
  readonly keepAliveMs: number;
  /** How long a client may leave what was written to it unread. */
  readonly slowClientTimeoutMs: number;
  /** Is it one connection too many, so that its requests are refused? */
  isSurplus(socket: Socket): boolean;
  serve(client: Http2Client): void;
  closedFor(reason: Http2Closing, detail: string): void;
}

/** The HTTP/2 connections of a gateway. */
export interface Http2Sessions {
  /** Takes a connection over whose client has chosen HTTP/2. */
  accept(socket: Socket): void;
  /** Lets each connection end with the streams that it has. */
  drain(): void;
  destroyAll(): void;
}

/** Sessions over connections that another server accepts. */
export function createHttp2Sessions(host: Http2Host): Http2Sessions {
  const open = new Map<ServerHttp2Session, ClientSession>();
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const nowMs = performance.now();
    for (const client of open.values()) client.look(nowMs);
  };
  // Never listens: Node makes a session of each connection that it is told of.
  const server: Http2Server = createServer({
    settings: {
      maxConcurrentStreams: LIMITS.http2Streams,
      // More than a head may have, so that the answer to some more can say so; beyond it the stream is reset unheard.
      maxHeaderListSize: 2 * host.maxRequestHeadBytes,
    },
    maxHeaderListPairs: 2 * LIMITS.requestHeadLines,
    maxSessionRejectedStreams: LIMITS.http2RejectedStreams,
    maxSessionInvalidFrames: LIMITS.http2InvalidFrames,
  });
  let accepting: Socket | null = null;
  server.on('session', (session) => {
    if (accepting === null) return;
    const client = new ClientSession(session, accepting, host);
    if (open.size === 0) timer = setInterval(look, LOOK_MS).unref();
    open.set(session, client);
    session.once('close', () => {
      open.delete(session);
      if (open.size === 0) clearInterval(timer);
    });
    client.start();
  });
  return {
    accept(socket) {
      // Beyond the life of its session, too.
      socket.on('error', () => {});
      accepting = socket;
      server.emit('connection', socket);
      accepting = null;
    },
    drain() {
      for (const session of open.keys()) session.close();
    },
    destroyAll() {
      for (const session of open.keys()) session.destroy();
    },
  };
}

/** One client's connection: bounds what costs us work and the client nothing. */
class ClientSession implements Http2StreamEvents {
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #host: Http2Host;
  readonly #resets = new Allowance(LIMITS.http2ResetBurst, LIMITS.http2ResetsPerS);
  readonly #controls = new Allowance(LIMITS.http2ControlBurst, LIMITS.http2ControlsPerS);
  readonly #streams = new Set<ServerHttp2Stream>();
  #idle: NodeJS.Timeout | undefined;
  /** When the PING was sent that has not been answered; null: all have been. */
  #pingedAtMs: number | null = null;
  /** A stream was given up since its client did not read; whether it reads anything is not known since. */
  #isStalled = false;
  #answeredAtMs = performance.now();
  /** Bytes that had come and gone at the last look, and looks since which none have. */
  #moved = 0;
  #stillLooks = 0;
  /** Bytes that had come when the client was last known to be well. */
  #bytesRead = 0;

  constructor(session: ServerHttp2Session, socket: Socket, host: Http2Host) {
    this.#session = session;
    this.#socket = socket;
    this.#host = host;
  }

  start(): void {
    const session = this.#session;
    session.on('stream', (stream: ServerHttp2Stream, _headers: object, flags: number, raw?: string[]) =>
      this.#onStream(stream, flags, raw ?? []),
    );
    session.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith('ERR_HTTP2')) this.#host.closedFor('protocol-error', error.message);
    });
    const onControl = (): void => {
      if (!this.#controls.take()) this.#closeFor('control-flood', TOO_MUCH);
    };
    session.on('ping', onControl);
    session.on('remoteSettings', onControl);
    session.on('priority', onControl);
    // A FIN: it sends no request any more, and whether it still reads cannot be told.
    this.#socket.on('end', () => session.destroy());
    session.once('close', () => {
      clearTimeout(this.#idle);
    });
    this.#endIdle(this.#host.headTimeoutMs);
  }

  abandoned(): void {
    if (!this.#resets.take()) this.#closeFor('rapid-reset', TOO_MUCH);
  }

  /** A stalled stream is the client's choice; a connection on which nothing moves at all has lost its client. */
  stalled(): void {
    this.#isStalled = true;
    this.#ping();
  }

  /**
   * Finds what Node does not tell: a client that has vanished, and a connection that the library has given up. On an error
   * of the protocol it sends GOAWAY and stops reading and writing, but neither says so nor ends the connection, and would
   * not notice any more that the client leaves. There a PING is never written. It is tried when something has been read,
   * since only what is read can be such an error.
   */
  look(nowMs: number): void {
    const session = this.#session;
    if (session.destroyed) return;
    if (this.#pingedAtMs === null) {
      const hasRead = this.#socket.bytesRead !== this.#bytesRead;
      const isQuiet = this.#streams.size > 0 && nowMs - this.#answeredAtMs > PING_MS;
      if (hasRead || isQuiet) this.#ping();
      return;
    }
    this.#stillLooks = this.#isStill() ? this.#stillLooks + 1 : 0;
    if (this.#stillLooks >= STILL_LOOKS) this.#closeFor('protocol-error', 'the library has given it up');
    else if (nowMs - this.#pingedAtMs > this.#host.slowClientTimeoutMs)
      this.#closeFor('unresponsive', 'no answer to a PING');
    // A second one fails where the first was written to a client that is gone.
    else session.ping(() => {});
  }

  /** Is something to be written, and not by the client's doing, and yet nothing has moved since the last look? */
  #isStill(): boolean {
    const moved = this.#socket.bytesRead + this.#socket.bytesWritten;
    const hasMoved = moved !== this.#moved;
    this.#moved = moved;
    if (hasMoved || this.#isStalled || this.#session.state.outboundQueueSize === 0) return false;
    return ![...this.#streams].some(({ writableLength }) => writableLength > 0);
  }

  #ping(): void {
    if (this.#pingedAtMs !== null || this.#session.destroyed) return;
    this.#pingedAtMs = performance.now();
    this.#session.ping((error) => {
      if (error !== null) return;
      this.#pingedAtMs = null;
      this.#isStalled = false;
      this.#answeredAtMs = performance.now();
      this.#bytesRead = this.#socket.bytesRead;
    });
  }

  #onStream(stream: ServerHttp2Stream, flags: number, raw: string[]): void {
    stream.on('error', () => {});
    this.#streams.add(stream);
    clearTimeout(this.#idle);
    stream.once('close', () => {
      this.#streams.delete(stream);
      if (this.#streams.size === 0) this.#endIdle(this.#host.keepAliveMs);
    });
    if (this.#host.isSurplus(this.#socket)) stream.once('close', () => this.#session.close());
    const hasBody = (flags & NGHTTP2_FLAG_END_STREAM) === 0;
    const head = new Http2RequestHead(raw, hasBody, this.#socket, this.#host.maxRequestHeadBytes);
    this.#host.serve(new Http2Client(stream, head, this));
  }

  #endIdle(withinMs: number): void {
    clearTimeout(this.#idle);
    if (this.#session.destroyed) return;
    this.#idle = setTimeout(() => {
      this.#session.close();
      // One that never finished its preface has nothing to wait for.
      if (this.#streams.size === 0) this.#session.destroy();
    }, withinMs);
  }

  #closeFor(reason: Http2Closing, detail: string): void {
    const session = this.#session;
    if (session.destroyed) return;
    this.#host.closedFor(reason, detail);
    session.removeAllListeners('error').on('error', () => {});
    // Given the code alone, Node would say so of an error of its own.
    session.destroy(new Error(reason), NGHTTP2_ENHANCE_YOUR_CALM);
  }
}
