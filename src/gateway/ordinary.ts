import { PassThrough, type Readable } from 'node:stream';
import { buildConnector, type Dispatcher } from 'undici';
import { isFieldValue, isToken } from '../http/field-syntax.ts';
import { fromRawHeaders } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { type ClientPool, createClientPool, type Lease, type PooledHandler } from './client-pool.ts';
import { faultOf, GatewayError } from './errors.ts';
import type { ClientFraming, Exchange } from './exchange.ts';
import { LIMITS } from './limits.ts';
import type { GatewaySettings } from './options.ts';
import type { ForwardRequest } from './request-head.ts';
import { clientHeaders, isStreamAnswer } from './response-head.ts';
import { framingOf } from './upstream-head.ts';

/** The pool of the ordinary way, and its end. */
export interface OrdinaryTransport {
  forward(exchange: Exchange, request: ForwardRequest): void;
  close(): Promise<void>;
}

/**
 * The way of everything that is not a declared stream route: undici's HTTP client on kept connections, as many as there
 * are answers to wait for, and without its time limit on bodies (300 s by default).
 */
export function createOrdinaryTransport(settings: GatewaySettings): OrdinaryTransport {
  const { origin, serverName } = settings.upstream;
  const connector = buildConnector({ timeout: settings.connectTimeoutMs, allowH2: false });
  const connect: buildConnector.connector = (options, callback) =>
    connector({ ...options, servername: serverName }, callback);
  const pool = createClientPool(origin, connect, {
    bodyTimeout: 0,
    headersTimeout: settings.headTimeoutMs,
    maxHeaderSize: LIMITS.responseHeadBytes,
    allowH2: false,
  });
  return {
    forward: (exchange, request) => new OrdinaryExchange(exchange, request, settings).start(pool),
    close: () => pool.close(),
  };
}

class OrdinaryExchange implements PooledHandler {
  readonly #exchange: Exchange;
  readonly #request: ForwardRequest;
  readonly #settings: GatewaySettings;
  #controller: Dispatcher.DispatchController | null = null;
  #lease: Lease | null = null;
  #body: Readable | null = null;
  #payloadBytes = 0;
  #interims = 0;
  #upstreamEnded = false;
  #framing: ClientFraming = 'none';
  #stalled: NodeJS.Timeout | undefined;
  readonly #onDrain = (): void => {
    clearTimeout(this.#stalled);
    this.#controller?.resume();
  };

  constructor(exchange: Exchange, request: ForwardRequest, settings: GatewaySettings) {
    this.#exchange = exchange;
    this.#request = request;
    this.#settings = settings;
  }

  start(pool: ClientPool): void {
    const exchange = this.#exchange;
    const request = this.#request;
    exchange.abortUpstream = () => this.#abort();
    exchange.payloadBytes = () => this.#payloadBytes;
    if (request.expectsContinue && request.body.kind !== 'none') exchange.res?.writeContinue();
    const headers = ['Host', request.host, ...request.headers.flat()];
    if (request.body.kind === 'length') headers.push('Content-Length', String(request.body.bytes));
    this.#lease = pool.dispatch(
      {
        path: this.#settings.upstream.basePath + request.target,
        method: request.method as Dispatcher.HttpMethod,
        headers,
        body: this.#openBody(),
        // An upstream that ignores bodies would read this one as the next request, and answer it to somebody else:
        // a connection that carried a body serves no second request.
        reset: request.body.kind !== 'none',
      },
      this,
    );
    if (exchange.isSettled) this.#lease.drop();
  }

  /** undici destroys a body that it gives up; the client's own stream would take the connection with it. */
  #openBody(): Readable | null {
    const { body } = this.#exchange;
    if (this.#request.body.kind === 'none') {
      body.resume();
      return null;
    }
    const through = new PassThrough();
    through.on('error', () => {});
    body.pipe(through);
    const idle = setTimeout(() => {
      if (this.#exchange.headSent) return;
      const client = body.readableFlowing !== false;
      this.#fail(new GatewayError(client ? 'request-timeout' : 'request-body-stalled'));
    }, this.#settings.requestBodyIdleTimeoutMs);
    through.on('data', () => idle.refresh());
    through.pause();
    through.on('close', () => clearTimeout(idle));
    this.#body = through;
    return through;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.isSettled) controller.abort(new Error('the client has left'));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusMessage?: string,
  ): void {
    const exchange = this.#exchange;
    const headers = readRawHeaders(controller.rawHeaders);
    if (exchange.isSettled) return;
    try {
      const reason = statusMessage ?? '';
      if (!isFieldValue(reason) || !headers.every(([name, value]) => isToken(name) && isFieldValue(value)))
        throw new GatewayError('response-malformed', 'malformed header field');
      if (headers.length > LIMITS.responseHeadLines) throw new GatewayError('response-head-too-large');
      if (status < 200) this.#interim(status, reason, headers);
      else this.#startAnswer(status, reason, headers);
    } catch (error) {
      this.#fail(error);
    }
  }

  #interim(status: number, reason: string, headers: HeaderList): void {
    const { isHttp10, socket } = this.#exchange;
    if (status === 101) throw new GatewayError('upgrade-failed', 'unasked 101');
    if (++this.#interims > LIMITS.interimResponses)
      throw new GatewayError('response-malformed', 'endless 1xx');
    if (isHttp10 || status === 100) return;
    const fields = clientHeaders({ status, headers }, false);
    const lines = fields
      .filter(([name]) => !/^(?:content-length|trailer)$/i.test(name))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    socket.write(`HTTP/1.1 ${status} ${reason}\r\n${lines}\r\n`, 'latin1');
  }

  #startAnswer(status: number, reason: string, received: HeaderList): void {
    const exchange = this.#exchange;
    // undici takes a coding that it does not know for a body that ends with the connection, its framing for content.
    framingOf({ status, reason, minor: 1, headers: received }, this.#request.method);
    const isStream = isStreamAnswer({ status, headers: received }, this.#settings);
    const headers = clientHeaders({ status, headers: received }, isStream);
    const hasLength = headers.some(([name]) => name.toLowerCase() === 'content-length');
    if (this.#request.method === 'HEAD' || status === 204 || status === 304) this.#framing = 'none';
    else if (hasLength) this.#framing = 'length';
    else this.#framing = exchange.isHttp10 ? 'close' : 'chunked';
    if (isStream && this.#framing !== 'none') exchange.claimStream();
    exchange.sendHead(status, reason, headers, this.#framing, isStream);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const exchange = this.#exchange;
    if (exchange.isSettled) return;
    if (this.#payloadBytes === 0) exchange.firstByteAtMs = performance.now();
    this.#payloadBytes += chunk.length;
    if (exchange.res?.write(chunk) !== false || this.#upstreamEnded) return;
    controller.pause();
    exchange.res?.once('drain', this.#onDrain);
    const { slowClientTimeoutMs } = this.#settings;
    this.#stalled = setTimeout(() => {
      exchange.breakOff('slow-client', `nothing read for ${slowClientTimeoutMs} ms`);
      this.#abort();
    }, slowClientTimeoutMs);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const trailers = readRawHeaders(controller.rawTrailers).filter(
      ([name, value]) => isToken(name) && isFieldValue(value),
    );
    trailers.push(...this.#exchange.timingTrailers());
    if (this.#framing === 'chunked' && trailers.length > 0) this.#exchange.res?.addTrailers(trailers);
    this.#stop();
    this.#lease?.giveBack();
    this.#exchange.complete('complete', { nodeFrames: true });
  }

  onUpstreamEnd(): void {
    // What a pause has put back comes now, at most one read, and must not pause again.
    this.#upstreamEnded = true;
    this.#controller?.resume();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#lease?.drop();
    const { code = '' } = error as NodeJS.ErrnoException;
    // What undici's parser refuses has no code that says so; what it is asked wrongly has.
    const isOurs = faultOf(error) !== 'internal' || code.startsWith('UND_ERR_');
    this.#fail(isOurs ? error : new GatewayError('response-malformed', error.message));
  }

  #fail(error: unknown): void {
    if (this.#exchange.isSettled) return;
    // In this order: undici reports the abort as an error of its own.
    this.#exchange.fail(error);
    this.#abort();
  }

  #abort(): void {
    this.#stop();
    this.#lease?.drop();
  }

  #stop(): void {
    clearTimeout(this.#stalled);
    this.#exchange.res?.off('drain', this.#onDrain);
    if (this.#body !== null) {
      this.#exchange.body.unpipe(this.#body as PassThrough);
      this.#body.destroy();
    }
  }
}

/** undici hands over raw names and values as flat buffers. */
function readRawHeaders(raw: Dispatcher.DispatchController['rawHeaders']): HeaderList {
  if (!Array.isArray(raw)) return [];
  return fromRawHeaders(raw.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : part)));
}
