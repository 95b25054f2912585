import type { Socket } from 'node:net';
import type { HeaderList } from '../types.ts';
import { planAnswer } from './answer-plan.ts';
import { type BodyReader, createBodyReader } from './body-reader.ts';
import { encodePiece, endOf, type WriteMode, wrapPiece } from './body-writer.ts';
import { type EndingRelay, endHere, passToBoundary } from './boundary-end.ts';
import type { StreamDecoder } from './decode.ts';
import { type DecodingRelay, passDecoded } from './decoded-answer.ts';
import { awaitEarlyHead, type EarlyHead } from './early-head.ts';
import { GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { LiveTransport, Outcome } from './exchange-types.ts';
import { InterimResponses } from './interim-responses.ts';
import { type PayloadWatcher, showPayload } from './payload-watcher.ts';
import { BURST_BYTES, returnBlock, SHARED_BLOCK, takeBlock, UNCOPIED_BYTES } from './read-block.ts';
import { pumpRequestBody } from './request-body.ts';
import { type ForwardRequest, hostFor, writeRequestHead } from './request-head.ts';
import type { StreamWatch } from './stream-watch.ts';
import { confirmEnd, connectUpstream } from './upstream.ts';
import { framingOf, type UpstreamHead, UpstreamHeadReader } from './upstream-head.ts';

/**
 * The way of declared stream routes: one upstream connection for one request, its bytes passed from socket to socket
 * in the turn in which they came. A chunked body is only scanned, never rebuilt.
 */
export function relay(exchange: Exchange, request: ForwardRequest): void {
  new Relay(exchange, request).start(request);
}

class Relay implements LiveTransport {
  readonly #exchange: Exchange;
  readonly #method: string;
  readonly #expectsContinue: boolean;
  readonly #upstream: Socket;
  /** The upstream has taken the connection. */
  #connected = false;
  /** Where the upstream's next bytes go, unless that is the block of all. No write that waits has bytes of it. */
  #block: Buffer | null = null;
  #heads: UpstreamHeadReader | null = new UpstreamHeadReader();
  /** Reads go by without being looked into. Never before the first payload. */
  #isUnwatched = false;
  #interims: InterimResponses | null = null;
  /** The request has been sent whole. */
  #requestSent: boolean;
  #reader: BodyReader | null = null;
  #mode: WriteMode = 'plain';
  #watcher: PayloadWatcher | null = null;
  #decoder: StreamDecoder | null = null;
  /** Upstream's bytes are not read while this is true. */
  #paused = false;
  #timer: NodeJS.Timeout | undefined;
  #pump: ((what: 'stop' | 'client-may-wait') => void) | null = null;
  #released = false;
  #ending = false;
  #ownTrailers: HeaderList = [];
  #early: EarlyHead | null = null;
  /** What is to be said at the next boundary, which ends the answer; null: it goes on. */
  #farewell: string | null = null;
  readonly #onDrain = (): void => this.#resume();

  constructor(exchange: Exchange, request: ForwardRequest) {
    this.#exchange = exchange;
    this.#method = request.method;
    this.#expectsContinue = request.expectsContinue;
    this.#requestSent = request.body.kind === 'none';
    this.#upstream = connectUpstream(
      exchange.target,
      (bytes, block) => this.#onRead(bytes, block),
      () => this.#block ?? SHARED_BLOCK,
    );
  }

  start(request: ForwardRequest): void {
    const upstream = this.#upstream;
    const exchange = this.#exchange;
    exchange.abortUpstream = () => this.#release();
    exchange.payloadBytes = () => this.#reader?.payloadBytes ?? 0;
    exchange.transport = this;
    upstream.on('error', (error) => this.#upstreamGone(error));
    const onGone = (): void => this.#upstreamGone(null);
    upstream.on('end', onGone).on('close', onGone);
    this.#arm(exchange.settings.connectTimeoutMs, 'connection-timeout');
    this.#early = awaitEarlyHead(exchange, request);
    if (request.body.kind === 'none') exchange.body.resume();
    this.#sendWhenConnected(request);
  }

  /** Apart from the listeners that stay as long as the stream: they would keep the request and its head in memory. */
  #sendWhenConnected(request: ForwardRequest): void {
    const { settings, target } = this.#exchange;
    const host = hostFor(request, settings.upstream, target);
    const head = writeRequestHead(request, target.basePath, host, settings.mode === 'passthrough');
    this.#upstream.once(target.tls ? 'secureConnect' : 'connect', () => {
      this.#connected = true;
      this.#exchange.connected();
      // Not before: another target may have to take it, body and all. (And a write that waits costs three listeners.)
      this.#upstream.write(head, 'latin1');
      if (this.#heads !== null) this.#arm(settings.headTimeoutMs, 'response-timeout');
      if (request.body.kind !== 'none') this.#pumpBody(request);
    });
  }

  #pumpBody(request: ForwardRequest): void {
    const { body, settings } = this.#exchange;
    this.#pump = pumpRequestBody(body, request.body, this.#upstream, settings.requestBodyIdleTimeoutMs, {
      onProgress: () => {
        // Only the wait for a head counts from the request's last byte; `refresh` would wake a cleared timer.
        if (this.#heads !== null) this.#timer?.refresh();
      },
      onSent: () => {
        this.#requestSent = true;
      },
      onStalled: (side) =>
        this.#fail(
          new GatewayError(side === 'client' ? 'request-timeout' : 'request-body-stalled'),
          'request-body-stalled',
        ),
    });
  }

  /** The hot path: one call for each read from the upstream. Returns false to stop reading. */
  #onRead(bytes: number, buffer: Buffer): boolean {
    try {
      if (this.#isUnwatched) this.#passBody(buffer, 0, bytes);
      else if (this.#heads === null) this.#passWatched(buffer, 0, bytes);
      else this.#readHead(buffer, bytes);
    } catch (error) {
      this.#fail(error);
    }
    return !this.#paused;
  }

  /** The reads up to the first with payload, and some of the later ones: kept apart so that no other asks for the time. */
  #passWatched(buffer: Buffer, from: number, to: number): void {
    const exchange = this.#exchange;
    const reader = this.#reader as BodyReader;
    if (exchange.isSettled) return;
    const nowMs = performance.now();
    const bytesBefore = reader.payloadBytes;
    if (bytesBefore === 0) {
      exchange.firstByteAtMs = nowMs;
      this.#ownTrailers = exchange.timingTrailers();
      exchange.startWatch();
    }
    const { watch } = exchange;
    if (watch !== null && this.#decoder === null) {
      watch.begin(bytesBefore, nowMs);
      if (this.#farewell !== null) {
        passToBoundary(this.#asEnding(), this.#farewell, buffer, from, to);
        return;
      }
      this.#look(watch, buffer, from, Math.min(to, from + watch.reach));
    }
    this.#passBody(buffer, from, to);
    if (this.#decoder === null) watch?.passed(reader.payloadBytes);
    this.#isUnwatched = reader.payloadBytes > 0 && !watch?.wantsMore;
  }

  get pieces(): number {
    return this.#reader?.chunks ?? 0;
  }

  tick(nowMs: number): void {
    const { watch } = this.#exchange;
    if (watch === null) return;
    watch.tick(this.#watchableBytes, nowMs);
    this.#isUnwatched = false;
  }

  get #watchableBytes(): number {
    return this.#decoder?.decodedBytes ?? this.#reader?.payloadBytes ?? 0;
  }

  prepareEnd(): void {
    if (this.#exchange.watch !== null) this.#exchange.watch.looksAlways = true;
    this.#isUnwatched = false;
  }

  endAtBoundary(farewell: string): void {
    this.prepareEnd();
    this.#farewell = farewell;
    const { watch } = this.#exchange;
    const reader = this.#reader;
    if (reader === null || this.#exchange.isSettled || reader.done) return;
    const bytes = this.#watchableBytes;
    const isHere = bytes === 0 || watch?.isAtBoundary(bytes);
    if (isHere && (this.#mode !== 'framed' || reader.isBetweenChunks)) endHere(this.#asEnding(), farewell);
  }

  /** What its end may touch; made for the few pieces that come between the wish to end it and the end. */
  #asEnding(): EndingRelay {
    const relay = this;
    return {
      exchange: this.#exchange,
      reader: this.#reader as BodyReader,
      ownTrailers: this.#ownTrailers,
      get mode() {
        return relay.#mode;
      },
      set mode(mode) {
        relay.#mode = mode;
      },
      look: (watch, buffer, from, to) => this.#look(watch, buffer, from, to),
      passBody: (buffer, from, to) => this.#passBody(buffer, from, to),
      finish: () => this.#finish('drained', null),
    };
  }

  /** Shows the watch what is payload in bytes that are about to be passed on. */
  #look(watch: StreamWatch, buffer: Buffer, from: number, to: number): void {
    const { spans, spanCount } = (this.#reader as BodyReader).peek(buffer, from, to);
    for (let i = 0; i < spanCount; i += 2) watch.look(buffer, spans[i] as number, spans[i + 1] as number);
  }

  #passBody(buffer: Buffer, from: number, to: number): void {
    const reader = this.#reader as BodyReader;
    if (this.#exchange.isSettled) return;
    const end = reader.scan(buffer, from, to);
    if (this.#watcher !== null) showPayload(reader, buffer, this.#watcher);
    if (this.#decoder !== null) this.#decode(this.#decoder, reader, buffer);
    else {
      const block = this.#block;
      const piece = encodePiece(reader, buffer, this.#mode, this.#ownTrailers, buffer === block);
      if (piece !== null) this.#send(piece);
      if (block !== null || to >= BURST_BYTES) this.#chooseBlock(block, piece, to - from);
      if (reader.done) this.#finish('complete', end < to ? 'bytes beyond the end of the body' : null);
    }
    if (reader.fault !== null) this.#fail(new GatewayError('response-coding', reader.fault));
  }

  #send(piece: Buffer): void {
    const { out } = this.#exchange;
    // False also when the piece alone reaches the mark, though the system has taken it already.
    if (!out.write(piece) && out.writableLength >= out.writableHighWaterMark) this.#pause();
  }

  /** After a read: a stream in a burst gets a block of its own, which is let go as soon as the burst is over. */
  #chooseBlock(block: Buffer | null, piece: Buffer | null, bytes: number): void {
    if (block === null) {
      this.#block = takeBlock();
    } else if (piece?.buffer === block.buffer && this.#exchange.out.writableLength > 0) {
      // The system is to take the rest from this very memory: it stays as it is, until the write lets go of it.
      this.#block = takeBlock();
    } else if (bytes < UNCOPIED_BYTES) {
      this.#block = null;
      returnBlock(block);
    }
  }

  #pause(): void {
    if (this.#paused || this.#released) return;
    this.#paused = true;
    this.#exchange.watch?.excuse();
    this.#upstream.pause();
    this.#exchange.out.once('drain', this.#onDrain);
    const { slowClientTimeoutMs } = this.#exchange.settings;
    this.#timer = setTimeout(() => {
      this.#release();
      this.#exchange.breakOff('slow-client', `nothing read for ${slowClientTimeoutMs} ms`);
    }, slowClientTimeoutMs);
  }

  #resume(): void {
    clearTimeout(this.#timer);
    this.#paused = false;
    const transform = this.#decoder?.transform;
    if (!transform?.writableNeedDrain) this.#upstream.resume();
    transform?.resume();
  }

  #readHead(buffer: Buffer, bytes: number): void {
    let at = 0;
    while (this.#heads !== null) {
      const found = this.#heads.read(buffer, at, bytes);
      if (found === null) return;
      at = found.next;
      if (found.head.status < 200) {
        this.#interims ??= new InterimResponses(this.#expectsContinue);
        this.#interims.pass(this.#exchange, found.head);
      } else {
        // Head and first bytes leave in one packet.
        const { out } = this.#exchange;
        out.cork();
        try {
          this.#startAnswer(found.head);
          if (at < bytes || this.#reader?.done) this.#passWatched(buffer, at, bytes);
        } finally {
          out.uncork();
        }
        return;
      }
      if (at >= bytes) return;
    }
  }

  #startAnswer(head: UpstreamHead): void {
    const exchange = this.#exchange;
    const framing = framingOf(head, this.#method);
    exchange.upstreamMinor = head.minor;
    this.#early?.cancel();
    const plan = planAnswer(exchange, head, framing, this.#early);
    const { decoder, insertions, watcher } = plan;
    if (!exchange.headSent)
      exchange.sendHead(head.status, head.reason, plan.headers, plan.framing, plan.isStream);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pump?.('client-may-wait');
    this.#heads = null;
    exchange.req.rawHeaders.length = 0;
    const isFramed = framing.kind === 'chunked' && decoder === null && watcher === null;
    this.#mode = plan.framing !== 'chunked' ? 'plain' : isFramed ? 'framed' : 'wrap';
    const spans = this.#mode === 'framed' ? 'framed' : this.#mode === 'wrap' ? 'whole' : 'payload';
    this.#reader = createBodyReader(framing, decoder === null ? spans : 'payload');
    // What a decoder gives out is shown to the watcher there.
    this.#watcher = decoder === null ? watcher : null;
    if (exchange.insertions === null) insertions?.start((payload) => this.#sendPayload(payload));
    if (decoder !== null) this.#startDecoder(decoder, watcher);
  }

  #sendPayload(payload: Buffer): void {
    this.#send(this.#mode === 'wrap' ? wrapPiece(payload) : payload);
  }

  #startDecoder(decoder: StreamDecoder, watcher: PayloadWatcher | null): void {
    this.#decoder = decoder;
    passDecoded(this.#asDecoding(), decoder, watcher);
  }

  #asDecoding(): DecodingRelay {
    const relay = this;
    const reader = this.#reader as BodyReader;
    return {
      exchange: this.#exchange,
      get codedBytes() {
        return reader.payloadBytes;
      },
      get isPaused() {
        return relay.#paused;
      },
      get isEnding() {
        return relay.#farewell !== null;
      },
      sendPayload: (payload) => this.#sendPayload(payload),
      endHere: () => endHere(this.#asEnding(), this.#farewell ?? ''),
      resumeUpstream: () => void this.#upstream.resume(),
      decoded: () => {
        this.#writeEnd(reader);
        this.#finish(reader.done ? 'complete' : 'unverified', null);
      },
      fail: (error) => this.#fail(error),
    };
  }

  #decode({ transform }: StreamDecoder, reader: BodyReader, buffer: Buffer): void {
    // A copy: the decoder works in another thread, after this buffer has been used for another connection.
    const piece = encodePiece(reader, buffer, 'plain', this.#ownTrailers, false);
    if (piece !== null && !transform.write(piece)) this.#upstream.pause();
    if (reader.done) transform.end();
  }

  #writeEnd(reader: BodyReader): void {
    const end = endOf(this.#mode, [...reader.trailers, ...this.#ownTrailers]);
    if (end !== '') this.#exchange.out.write(end, 'latin1');
  }

  /** FIN, reset, or an error of connecting. */
  #upstreamGone(error: Error | null): void {
    if (this.#exchange.isSettled || this.#released) return;
    if (!this.#connected) {
      this.#release();
      this.#exchange.connectFailed(error ?? new GatewayError('connection-terminated'));
      return;
    }
    const reader = this.#reader;
    if (error === null && reader?.endsWithConnection) {
      this.#upstreamEnded(reader);
      return;
    }
    if (reader?.done) return;
    this.#fail(error ?? new GatewayError('connection-terminated'));
  }

  /**
   * The end of a connection that ends the body. Within a request body and on a unix socket it cannot be told from a
   * reset: there it is taken for what it looks like.
   */
  #upstreamEnded(reader: BodyReader): void {
    if (this.#ending) return;
    this.#ending = true;
    const end = (error?: Error | null): void => {
      if (this.#exchange.isSettled) return;
      if (error) this.#fail(error);
      else if (this.#decoder !== null) this.#decoder.transform.end();
      else {
        this.#writeEnd(reader);
        this.#finish('unverified', null);
      }
    };
    if (this.#requestSent && this.#exchange.target.socketPath === null) confirmEnd(this.#upstream, end);
    else end();
  }

  #finish(outcome: Outcome, warning: string | null): void {
    this.#release();
    this.#exchange.complete(outcome, { trailers: this.#trailers() });
    if (warning !== null) this.#exchange.settings.logger.warn({ path: this.#exchange.path }, warning);
  }

  /** Those that have not been written: where the client's side frames the body. */
  #trailers(): HeaderList {
    const reader = this.#reader as BodyReader;
    return reader.payloadBytes > 0 ? [...reader.trailers, ...this.#ownTrailers] : reader.trailers;
  }

  #fail(error: unknown, outcome: Outcome = 'upstream-broken'): void {
    if (this.#exchange.isSettled) return;
    const transform = this.#decoder?.transform;
    const canFlush =
      transform !== undefined && !transform.writableEnded && !transform.destroyed && !this.#paused;
    this.#release();
    // What had come goes out first, the part that is still in the decoder as well.
    if (canFlush) transform.write('', () => this.#exchange.fail(error, outcome));
    else this.#exchange.fail(error, outcome);
  }

  /** Lets go of the upstream; idempotent. */
  #release(): void {
    this.#released = true;
    this.#early?.cancel();
    clearTimeout(this.#timer);
    this.#pump?.('stop');
    this.#upstream.destroy();
    this.#exchange.out.off('drain', this.#onDrain);
  }

  #arm(ms: number, fault: 'connection-timeout' | 'response-timeout'): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#upstreamGone(new GatewayError(fault)), ms);
  }
}
