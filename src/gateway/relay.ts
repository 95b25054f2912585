import type { Socket } from 'node:net';
import type { HeaderList } from '../types.ts';
import { type BodyReader, createBodyReader } from './body-reader.ts';
import { encodePiece, endOf, type WriteMode, wrapPiece } from './body-writer.ts';
import { createDecoder, type StreamDecoder } from './decode.ts';
import { GatewayError } from './errors.ts';
import type { ClientFraming, Exchange, Outcome } from './exchange.ts';
import { InterimResponses } from './interim-responses.ts';
import { BURST_BYTES, returnBlock, SHARED_BLOCK, takeBlock, UNCOPIED_BYTES } from './read-block.ts';
import { pumpRequestBody } from './request-body.ts';
import { askForIdentity, type ForwardRequest, writeRequestHead } from './request-head.ts';
import { clientHeaders, decodedHeaders, isStreamAnswer } from './response-head.ts';
import { connectUpstream } from './upstream.ts';
import { type BodyFraming, framingOf, type UpstreamHead, UpstreamHeadReader } from './upstream-head.ts';

/**
 * The way of declared stream routes: one upstream connection for one request, its bytes passed from socket to socket
 * in the turn in which they came. A chunked body is only scanned, never rebuilt.
 */
export function relay(exchange: Exchange, request: ForwardRequest): void {
  request.headers = askForIdentity(request.headers);
  new Relay(exchange, request).start(request);
}

class Relay {
  readonly #exchange: Exchange;
  readonly #method: string;
  readonly #expectsContinue: boolean;
  readonly #upstream: Socket;
  /** Where the upstream's next bytes go, unless that is the block of all. No write that waits has bytes of it. */
  #block: Buffer | null = null;
  #heads: UpstreamHeadReader | null = new UpstreamHeadReader();
  /** Payload has come. */
  #bodyBegun = false;
  #interims: InterimResponses | null = null;
  /** The request has been sent whole. */
  #requestSent: boolean;
  #reader: BodyReader | null = null;
  #mode: WriteMode = 'plain';
  #decoder: StreamDecoder | null = null;
  /** Upstream's bytes are not read while this is true. */
  #paused = false;
  #timer: NodeJS.Timeout | undefined;
  #pump: ((what: 'stop' | 'client-may-wait') => void) | null = null;
  #released = false;
  #ending = false;
  #ownTrailers: HeaderList = [];
  readonly #onDrain = (): void => this.#resume();

  constructor(exchange: Exchange, request: ForwardRequest) {
    this.#exchange = exchange;
    this.#method = request.method;
    this.#expectsContinue = request.expectsContinue;
    this.#requestSent = request.body.kind === 'none';
    this.#upstream = connectUpstream(
      exchange.settings.upstream,
      (bytes, block) => this.#onRead(bytes, block),
      () => this.#block ?? SHARED_BLOCK,
    );
  }

  start(request: ForwardRequest): void {
    const upstream = this.#upstream;
    const exchange = this.#exchange;
    const { settings } = exchange;
    exchange.abortUpstream = () => this.#release();
    exchange.payloadBytes = () => this.#reader?.payloadBytes ?? 0;
    upstream.on('error', (error) => this.#upstreamGone(error));
    const onGone = (): void => this.#upstreamGone(null);
    upstream.on('end', onGone).on('close', onGone);
    this.#arm(settings.connectTimeoutMs, 'connection-timeout');
    const head = writeRequestHead(request, settings.upstream.basePath);
    const hasBody = request.body.kind !== 'none';
    upstream.once(settings.upstream.tls ? 'secureConnect' : 'connect', () => {
      // A write that has to wait for the connection costs three listeners more.
      if (!hasBody) upstream.write(head, 'latin1');
      if (this.#heads !== null) this.#arm(settings.headTimeoutMs, 'response-timeout');
    });
    if (hasBody) {
      upstream.write(head, 'latin1');
      this.#pumpBody(request);
    } else exchange.body.resume();
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
      if (this.#bodyBegun) this.#passBody(buffer, 0, bytes);
      else if (this.#heads === null) this.#passFirst(buffer, 0, bytes);
      else this.#readHead(buffer, bytes);
    } catch (error) {
      this.#fail(error);
    }
    return !this.#paused;
  }

  /** The reads up to the first with payload, kept apart so that no later one asks for the time. */
  #passFirst(buffer: Buffer, from: number, to: number): void {
    this.#exchange.firstByteAtMs = performance.now();
    this.#ownTrailers = this.#exchange.timingTrailers();
    this.#passBody(buffer, from, to);
    this.#bodyBegun = (this.#reader?.payloadBytes ?? 0) > 0;
  }

  #passBody(buffer: Buffer, from: number, to: number): void {
    const reader = this.#reader as BodyReader;
    if (this.#exchange.isSettled) return;
    const end = reader.scan(buffer, from, to);
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
    const { socket } = this.#exchange;
    // False also when the piece alone reaches the mark, though the system has taken it already.
    if (!socket.write(piece) && socket.writableLength >= socket.writableHighWaterMark) this.#pause();
  }

  /** After a read: a stream in a burst gets a block of its own, which is let go as soon as the burst is over. */
  #chooseBlock(block: Buffer | null, piece: Buffer | null, bytes: number): void {
    if (block === null) {
      if (this.#mode !== 'wrap') this.#block = takeBlock();
    } else if (piece?.buffer === block.buffer && this.#exchange.socket.writableLength > 0) {
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
    this.#upstream.pause();
    this.#exchange.socket.once('drain', this.#onDrain);
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
        const { socket } = this.#exchange;
        socket.cork();
        try {
          this.#startAnswer(found.head);
          if (at < bytes || this.#reader?.done) this.#passFirst(buffer, at, bytes);
        } finally {
          socket.uncork();
        }
        return;
      }
      if (at >= bytes) return;
    }
  }

  #startAnswer(head: UpstreamHead): void {
    const exchange = this.#exchange;
    const framing = framingOf(head, this.#method);
    const isStream = isStreamAnswer(head, exchange.settings);
    const decoder = isStream && framing.kind !== 'none' ? createDecoder(head.headers) : null;
    const clientFraming = clientFramingFor(framing, isStream, exchange.isHttp10);
    let headers = clientHeaders(head, isStream);
    exchange.upstreamMinor = head.minor;
    if (decoder !== null) headers = decodedHeaders(headers);
    exchange.sendHead(head.status, head.reason, headers, clientFraming, isStream);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pump?.('client-may-wait');
    this.#heads = null;
    exchange.req.rawHeaders.length = 0;
    this.#mode =
      clientFraming !== 'chunked' ? 'plain' : framing.kind === 'chunked' && !decoder ? 'framed' : 'wrap';
    this.#reader = createBodyReader(framing, this.#mode === 'framed' ? 'framed' : 'payload');
    if (decoder !== null) this.#startDecoder(decoder);
  }

  /** A decoded piece, on its way out. */
  #passDecoded(payload: Buffer, decoder: StreamDecoder): void {
    if (this.#exchange.isSettled) return;
    if (decoder.isBomb(this.#reader?.payloadBytes ?? 0)) {
      this.#fail(new GatewayError('response-coding', 'decompression bomb'));
      return;
    }
    this.#send(this.#mode === 'wrap' ? wrapPiece(payload) : payload);
    if (this.#paused) decoder.transform.pause();
  }

  #startDecoder(decoder: StreamDecoder): void {
    this.#decoder = decoder;
    decoder.transform
      .on('data', (payload: Buffer) => this.#passDecoded(payload, decoder))
      .on('drain', () => {
        if (!this.#paused) this.#upstream.resume();
      })
      .on('error', (error) => this.#fail(error))
      .on('end', () => {
        if (this.#reader === null || this.#exchange.isSettled) return;
        this.#writeEnd(this.#reader);
        this.#finish(this.#reader.done ? 'complete' : 'unverified', null);
      })
      .resume();
  }

  #decode({ transform }: StreamDecoder, reader: BodyReader, buffer: Buffer): void {
    // A copy: the decoder works in another thread, after this buffer has been used for another connection.
    const piece = encodePiece(reader, buffer, 'plain', this.#ownTrailers, false);
    if (piece !== null && !transform.write(piece)) this.#upstream.pause();
    if (reader.done) transform.end();
  }

  #writeEnd(reader: BodyReader): void {
    const end = endOf(this.#mode, [...reader.trailers, ...this.#ownTrailers]);
    if (end !== '') this.#exchange.socket.write(end, 'latin1');
  }

  /** FIN, reset, or an error of connecting. */
  #upstreamGone(error: Error | null): void {
    if (this.#exchange.isSettled) return;
    const reader = this.#reader;
    if (error === null && reader?.endsWithConnection) {
      this.#upstreamEnded(reader);
      return;
    }
    if (reader?.done) return;
    this.#fail(error ?? new GatewayError('connection-terminated'));
  }

  /**
   * The end of a connection that ends the body. libuv reports a reset as an ordinary end when bytes before it were
   * still unread (`uv__stream_io`, `POLLHUP` after a partial read), so the socket is asked once more: on a connection
   * that was reset a write fails, and an empty line after the request means nothing to an upstream that has closed.
   * Within a request body it would mean something: there the end is taken for what it looks like.
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
    if (this.#requestSent) this.#upstream.write('\r\n', 'latin1', end);
    else end();
  }

  #finish(outcome: Outcome, warning: string | null): void {
    this.#release();
    this.#exchange.complete(outcome);
    if (warning !== null) this.#exchange.settings.logger.warn({ path: this.#exchange.path }, warning);
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
    clearTimeout(this.#timer);
    this.#pump?.('stop');
    this.#upstream.destroy();
    this.#exchange.socket.off('drain', this.#onDrain);
  }

  #arm(ms: number, fault: 'connection-timeout' | 'response-timeout'): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(new GatewayError(fault)), ms);
  }
}

function clientFramingFor(framing: BodyFraming, isStream: boolean, isHttp10: boolean): ClientFraming {
  if (framing.kind === 'none') return 'none';
  if (framing.kind === 'length' && !isStream) return 'length';
  return isHttp10 ? 'close' : 'chunked';
}
