import type { Dispatcher } from 'undici';
import { isFieldValue, isToken } from '../http/field-syntax.ts';
import { fromRawHeaders } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import type { ClientPool, Lease, PooledHandler } from './client-pool.ts';
import type { ClientFraming } from './client-side.ts';
import { faultOf, GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { LiveTransport } from './exchange-types.ts';
import { chooseInsertions } from './insertions.ts';
import { LIMITS } from './limits.ts';
import { observeStream } from './observe.ts';
import { OrdinaryBody } from './ordinary-body.ts';
import { type PayloadWatcher, passPiece } from './payload-watcher.ts';
import { type ForwardRequest, hostFor } from './request-head.ts';
import { changedHeaders, clientHeaders, isStreamAnswer, without } from './response-head.ts';
import type { RouteSettings } from './routes.ts';
import type { StreamWatch } from './stream-watch.ts';
import { framingOf } from './upstream-head.ts';

/** One request on the ordinary way, and its answer. */
export class OrdinaryExchange implements PooledHandler, LiveTransport {
  readonly #exchange: Exchange;
  readonly #request: ForwardRequest;
  readonly #settings: RouteSettings;
  #controller: Dispatcher.DispatchController | null = null;
  #lease: Lease | null = null;
  #body: OrdinaryBody | null = null;
  #payloadBytes = 0;
  #pieces = 0;
  #interims = 0;
  #upstreamEnded = false;
  /** There was no connection: another try has the exchange. */
  #isElsewhere = false;
  #break: Error | null = null;
  #framing: ClientFraming = 'none';
  #watcher: PayloadWatcher | null = null;
  #stalled: NodeJS.Timeout | undefined;
  /** What is to be said at the next boundary, which ends the answer; null: it goes on. */
  #farewell: string | null = null;
  readonly #onDrain = (): void => {
    clearTimeout(this.#stalled);
    this.#controller?.resume();
  };

  constructor(exchange: Exchange, request: ForwardRequest) {
    this.#exchange = exchange;
    this.#request = request;
    this.#settings = exchange.settings;
  }

  start(pool: ClientPool): void {
    const exchange = this.#exchange;
    const request = this.#request;
    exchange.abortUpstream = () => this.#abort();
    exchange.payloadBytes = () => this.#payloadBytes;
    exchange.transport = this;
    const { target } = exchange;
    const headers = ['Host', hostFor(request, this.#settings.upstream, target), ...request.headers.flat()];
    if (request.body.kind === 'length') headers.push('Content-Length', String(request.body.bytes));
    this.#body = new OrdinaryBody(exchange, request, (fault) => this.#fail(new GatewayError(fault)));
    this.#lease = pool.dispatch(
      {
        path: target.basePath + request.target,
        method: request.method as Dispatcher.HttpMethod,
        headers,
        body: this.#body.stream,
        headersTimeout: this.#settings.headTimeoutMs,
        // An upstream that ignores bodies would read this one as the next request, and answer it to somebody else:
        // a connection that carried a body serves no second request.
        reset: request.body.kind !== 'none',
      },
      this,
    );
    if (exchange.isSettled || this.#isElsewhere) this.#lease.drop();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.isSettled) {
      controller.abort(new Error('the client has left'));
      return;
    }
    this.#exchange.connected();
    this.#body?.pour();
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
    const { isHttp10, client } = this.#exchange;
    if (status === 101) throw new GatewayError('upgrade-failed', 'unasked 101');
    if (++this.#interims > LIMITS.interimResponses)
      throw new GatewayError('response-malformed', 'endless 1xx');
    if (isHttp10 || status === 100) return;
    const fields = clientHeaders({ status, headers }, false);
    client.sendInterim(status, reason, without(fields, ['content-length', 'trailer']));
  }

  #startAnswer(status: number, reason: string, received: HeaderList): void {
    const exchange = this.#exchange;
    // undici takes a coding that it does not know for a body that ends with the connection, its framing for content.
    framingOf({ status, reason, minor: 1, headers: received }, this.#request.method);
    const isStream = isStreamAnswer({ status, headers: received }, this.#settings);
    const isChanged = isStream && exchange.settings.mode === 'passthrough';
    let headers = clientHeaders({ status, headers: received }, isChanged);
    const hasLength = headers.some(([name]) => name.toLowerCase() === 'content-length');
    if (this.#request.method === 'HEAD' || status === 204 || status === 304) this.#framing = 'none';
    else if (hasLength) this.#framing = 'length';
    else this.#framing = exchange.openFraming;
    const isOpen = isStream && this.#framing !== 'none';
    if (isOpen) exchange.claimStream();
    const insertions = isOpen && isChanged ? chooseInsertions(exchange, { status, headers }) : null;
    if (insertions !== null) headers = changedHeaders(headers);
    this.#watcher =
      isOpen && !isChanged ? observeStream(exchange, { status, headers: received }) : insertions;
    exchange.sendHead(status, reason, headers, this.#framing, isStream);
    insertions?.start((payload) => void exchange.client.writer.write(payload));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const exchange = this.#exchange;
    if (exchange.isSettled) return;
    if (this.#payloadBytes === 0) {
      exchange.firstByteAtMs = performance.now();
      if (exchange.isStream) exchange.startWatch();
    }
    const end = exchange.watch?.wantsMore ? this.#look(exchange.watch, chunk) : -1;
    this.#pieces++;
    this.#payloadBytes += chunk.length;
    const { writer } = exchange.client;
    const whole = end === -1 ? chunk : chunk.subarray(0, end);
    const piece = this.#watcher === null ? whole : passPiece(whole, this.#watcher);
    const hasRoom = piece.length === 0 || writer.write(piece);
    if (end !== -1) this.#endHere();
    if (hasRoom || end !== -1 || this.#upstreamEnded) return;
    exchange.watch?.excuse();
    controller.pause();
    writer.once('drain', this.#onDrain);
    const { slowClientTimeoutMs } = this.#settings;
    this.#stalled = setTimeout(() => {
      exchange.breakOff('slow-client', `nothing read for ${slowClientTimeoutMs} ms`);
      this.#abort();
    }, slowClientTimeoutMs);
  }

  /** Looks into a piece; returns where the answer is to end in it, or -1. */
  #look(watch: StreamWatch, chunk: Buffer): number {
    watch.begin(this.#payloadBytes, performance.now());
    watch.passed(this.#payloadBytes + chunk.length);
    if (this.#farewell !== null) return watch.find(chunk, 0, chunk.length);
    watch.look(chunk, 0, Math.min(chunk.length, watch.reach));
    return -1;
  }

  get pieces(): number {
    return this.#pieces;
  }

  tick(nowMs: number): void {
    this.#exchange.watch?.tick(this.#payloadBytes, nowMs);
  }

  prepareEnd(): void {
    if (this.#exchange.watch !== null) this.#exchange.watch.looksAlways = true;
  }

  endAtBoundary(farewell: string): void {
    this.prepareEnd();
    this.#farewell = farewell;
    if (this.#payloadBytes === 0 || this.#exchange.watch?.isAtBoundary(this.#payloadBytes)) this.#endHere();
  }

  /** Ends the answer where no event is begun. */
  #endHere(): void {
    if (this.#exchange.isSettled) return;
    const last = `${this.#exchange.watch?.boundary.lastWord ?? ''}${this.#farewell ?? ''}`;
    if (last !== '') this.#exchange.client.writer.write(last);
    // In this order: undici reports the abort as an error of its own.
    this.#exchange.complete('drained', { nodeFrames: true });
    this.#abort();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#break !== null) {
      this.#fail(this.#break);
      return;
    }
    const trailers = readRawHeaders(controller.rawTrailers).filter(
      ([name, value]) => isToken(name) && isFieldValue(value),
    );
    trailers.push(...this.#exchange.timingTrailers());
    this.#stop();
    this.#lease?.giveBack();
    const canTrail = this.#framing === 'chunked' || this.#framing === 'frames';
    this.#exchange.complete('complete', { nodeFrames: true, ...(canTrail && { trailers }) });
  }

  onUpstreamEnd(): void {
    // What a pause has put back comes now, at most one read, and must not pause again.
    this.#upstreamEnded = true;
    this.#controller?.resume();
  }

  onUpstreamBreak(error: Error): void {
    this.#break = error;
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#lease?.drop();
    if (this.#controller === null && !this.#exchange.isSettled) {
      this.#stop();
      this.#isElsewhere = true;
      this.#exchange.connectFailed(error);
      return;
    }
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
    this.#exchange.client.writer.off('drain', this.#onDrain);
    this.#body?.stop();
  }
}

/** undici hands over raw names and values as flat buffers. */
function readRawHeaders(raw: Dispatcher.DispatchController['rawHeaders']): HeaderList {
  if (!Array.isArray(raw)) return [];
  return fromRawHeaders(raw.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : part)));
}
