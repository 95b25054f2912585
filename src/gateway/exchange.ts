import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { HeaderList } from '../types.ts';
import { breakOff } from './break-off.ts';
import {
  ALLOWED_METHODS,
  answerTo,
  type Fault,
  type FaultAnswer,
  faultOf,
  GatewayError,
  rawAnswerTo,
} from './errors.ts';
import { LIMITS } from './limits.ts';
import type { GatewaySettings } from './options.ts';
import { ownFields, timingTrailer } from './own-fields.ts';
import { without } from './response-head.ts';

/** How an exchange ended; the reasons in the log. */
export type Outcome =
  | 'complete'
  /** A close-delimited answer ended: whether it was whole cannot be known. */
  | 'unverified'
  /** Asked of the gateway itself, and answered by it. */
  | 'answered'
  /** The gateway answered in place of the upstream. */
  | 'refused'
  | 'client-gone'
  | 'slow-client'
  /** The upstream broke off, or sent what cannot be passed on, after its head had been passed on. */
  | 'upstream-broken'
  | 'request-body-stalled'
  /** Ended by the gateway's shutdown. */
  | 'drained'
  /** A websocket's connection ended. */
  | 'upgraded';

export type Route = 'stream' | 'ordinary' | 'upgrade';

/** How the client will know where the body ends. */
export type ClientFraming = 'none' | 'length' | 'chunked' | 'close';

/** What an exchange needs of its gateway. */
export interface ExchangeHost {
  readonly settings: GatewaySettings;
  readonly isDraining: boolean;
  /**
   * Takes one of the places for streams.
   * @throws GatewayError when none is left.
   */
  admitStream(): void;
  /** Called once, when the exchange is over. */
  settled(exchange: Exchange): void;
}

let lastId = 0;

const NO_FIELDS: HeaderList = [];

/** Refusals after which nothing on the connection can be trusted to be what its sender meant. */
const CLOSING_STATUSES: ReadonlySet<number> = new Set([400, 505]);

/**
 * One request and what becomes of it on the client's side. A transport reads the request from it, sends head and
 * body through it, and says how it ended; the exchange notices the client's leaving and tells the transport.
 */
export class Exchange {
  /** Unique in this process; the same in the log and on the admin server. */
  readonly id = ++lastId;
  readonly req: IncomingMessage;
  /** Null for an upgrade, whose connection no response object owns. */
  readonly res: ServerResponse | null;
  readonly socket: Socket;
  readonly host: ExchangeHost;
  /** The request body. */
  readonly body: Readable;
  readonly startedMs = performance.now();
  route: Route = 'ordinary';
  path = '';
  status: number | null = null;
  outcome: Outcome | null = null;
  detail: string | null = null;
  /** What went wrong, where something did. */
  fault: Fault | null = null;
  /** The answer's head was passed on, and it is a stream's with a body to come. */
  isStream = false;
  /** One of the places for streams is taken by this exchange. */
  holdsStream = false;
  /** The client can take trailers. */
  takesTrailers = false;
  /** HTTP/1.x of the upstream's answer: the x. */
  upstreamMinor: 0 | 1 = 1;
  /** When the upstream's response head was passed on, on the clock of `performance.now()`. */
  headAtMs: number | null = null;
  /** When the first read with bytes of the body came; means nothing while {@link payloadBytes} is 0. */
  firstByteAtMs: number | null = null;
  /** Frees the upstream; called when the client has left or the gateway is shutting down. */
  abortUpstream: () => void = () => {};
  /** Payload bytes for the log. */
  payloadBytes: () => number = () => 0;

  #framing: ClientFraming = 'none';
  #announcedTiming = false;
  readonly #onEnd = (): void => this.leave();
  readonly #onClose = (): void => this.leave();

  constructor(host: ExchangeHost, req: IncomingMessage, res: ServerResponse | null, body: Readable = req) {
    this.host = host;
    this.req = req;
    this.res = res;
    this.socket = req.socket;
    this.body = body;
    // A FIN reads as leaving: a client that closed its side only cannot be told from one that is gone, and an
    // abort that comes late is worse for the upstream than a half-closed client that has to ask again.
    this.socket.on('end', this.#onEnd);
    this.socket.on('close', this.#onClose);
  }

  get settings(): GatewaySettings {
    return this.host.settings;
  }

  get isSettled(): boolean {
    return this.outcome !== null;
  }

  /** The client speaks HTTP/1.0: no chunks, no interim responses. */
  get isHttp10(): boolean {
    return this.req.httpVersionMinor === 0;
  }

  get headSent(): boolean {
    return this.status !== null;
  }

  /**
   * Sends the head at once; Node would keep it until the first byte of the body.
   * @throws when Node refuses a field; nothing has been sent then.
   */
  sendHead(
    status: number,
    reason: string,
    headers: HeaderList,
    framing: ClientFraming,
    isStream: boolean,
  ): void {
    const { res } = this;
    if (res === null) throw new GatewayError('internal', 'no response to send a head on');
    if (this.isHttp10 || this.host.isDraining) res.shouldKeepAlive = false;
    // Node would chunk for a 1.0 client that sends `TE: chunked`.
    if (this.isHttp10 || framing === 'close') res.useChunkedEncodingByDefault = false;
    const dropped = [
      ...(framing === 'chunked' ? [] : ['trailer']),
      ...(status === 204 ? ['content-length'] : []),
    ];
    const list = dropped.length === 0 ? headers : without(headers, dropped);
    const { startedMs, upstreamMinor, settings } = this;
    const canTrail = framing === 'chunked' && this.takesTrailers;
    const headAtMs = performance.now();
    const own = ownFields(settings, { startedMs, headAtMs, upstreamMinor, canTrail });
    res.writeHead(status, reason, [...list, ...own].flat());
    res.flushHeaders();
    this.status = status;
    this.headAtMs = headAtMs;
    this.#announcedTiming = canTrail && settings.serverTiming;
    this.isStream = isStream && framing !== 'none';
    this.#framing = framing;
  }

  /** Takes one of the places for streams, once. */
  claimStream(): void {
    if (this.holdsStream) return;
    this.host.admitStream();
    this.holdsStream = true;
  }

  /** The trailers that the head has announced, known once the first bytes of the body have come. */
  timingTrailers(): HeaderList {
    if (!this.#announcedTiming || this.firstByteAtMs === null) return NO_FIELDS;
    return timingTrailer(this.startedMs, this.firstByteAtMs);
  }

  /** Answers an `OPTIONS` that was asked of the gateway itself (RFC 9110 section 9.3.7). */
  answerOptions(): void {
    this.#answer(
      { status: 204, reason: 'No Content', headers: { Allow: ALLOWED_METHODS }, body: '' },
      'answered',
    );
  }

  /** The answer is whole. What ends the body on the wire has been written, unless Node frames it (`framed`). */
  complete(outcome: Outcome = 'complete', options: { nodeFrames: boolean } = { nodeFrames: false }): void {
    const { res } = this;
    if (this.isSettled || res === null) return;
    this.settle(outcome);
    this.#guardFlush();
    if (!options.nodeFrames) res.chunkedEncoding = false;
    if (this.req.complete) {
      res.end();
      return;
    }
    if (options.nodeFrames) res.end();
    this.#endUnderRequest();
  }

  /**
   * Ends a connection on which the request body is still coming, so that it cannot serve another request. Reads on
   * for a while: closing with unread bytes would make the system reset the connection and take the answer with it.
   */
  #endUnderRequest(): void {
    const { socket } = this;
    socket.end();
    this.req.resume();
    const linger = setTimeout(() => socket.destroy(), LIMITS.lingerMs);
    socket.once('close', () => clearTimeout(linger));
    socket.once('end', () => socket.destroy());
  }

  /** Ends without a whole answer: an answer of our own where no head went out, else a visible break. */
  fail(error: unknown, outcome: Outcome = 'upstream-broken'): void {
    if (this.isSettled) return;
    const detail =
      error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    this.fault = faultOf(error);
    if (this.headSent) this.breakOff(outcome, detail);
    else this.#refuse(this.fault, error instanceof GatewayError ? error.message : detail);
  }

  /** Breaks the client's connection off after what was written has been delivered. */
  breakOff(outcome: Outcome, detail: string): void {
    if (this.isSettled) return;
    this.settle(outcome, detail);
    breakOff(this.socket, {
      closeDelimited: this.#framing === 'close',
      withinMs: outcome === 'slow-client' ? 0 : this.settings.slowClientTimeoutMs,
    });
  }

  /** Ends it because the gateway is shutting down. */
  drain(): void {
    if (this.isSettled) return;
    if (this.headSent || this.res === null) this.breakOff('drained', 'shutdown');
    else this.fail(new GatewayError('draining'));
    this.abortUpstream();
  }

  /** Books the end; the transport has seen to the wire. */
  settle(outcome: Outcome, detail: string | null = null): void {
    if (this.isSettled) return;
    this.outcome = outcome;
    this.detail = detail;
    this.socket.off('end', this.#onEnd);
    this.socket.off('close', this.#onClose);
    this.host.settled(this);
  }

  /** The client has left. */
  leave(): void {
    if (this.isSettled) return;
    this.settle('client-gone');
    this.abortUpstream();
    this.socket.destroy();
  }

  #refuse(fault: Fault, detail: string): void {
    const { res, socket } = this;
    const answer = answerTo(fault);
    if (res === null) {
      this.status = answer.status;
      this.settle('refused', detail);
      socket.end(rawAnswerTo(fault));
      breakOff(socket, { closeDelimited: false, withinMs: LIMITS.lingerMs });
      return;
    }
    if (CLOSING_STATUSES.has(answer.status) || fault === 'connection-limit') res.shouldKeepAlive = false;
    this.#answer(answer, 'refused', detail);
  }

  #answer(answer: FaultAnswer, outcome: Outcome, detail: string | null = null): void {
    const { res } = this;
    if (res === null) return;
    this.status = answer.status;
    this.settle(outcome, detail);
    const isWhole = this.req.complete || !hasBody(this.req);
    if (!isWhole || this.host.isDraining) res.shouldKeepAlive = false;
    res.writeHead(answer.status, answer.reason, answer.headers);
    if (isWhole) {
      res.end(answer.body);
      return;
    }
    if (answer.body === '') res.flushHeaders();
    else res.write(answer.body);
    this.#endUnderRequest();
  }

  /** A client that does not read the last bytes of a whole answer is bounded like one that stalls within it. */
  #guardFlush(): void {
    const { socket } = this;
    if (socket.writableLength === 0) return;
    const late = setTimeout(() => socket.destroy(), this.settings.slowClientTimeoutMs);
    socket.write('', () => clearTimeout(late));
  }
}

/** Before the parser has said that a request is complete, only its fields tell whether a body follows. */
function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || (req.headers['content-length'] ?? '0') !== '0';
}
