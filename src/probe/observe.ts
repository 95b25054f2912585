import http from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { fromRawHeaders, headerTokens, headerValue } from '../http/header-list.ts';
import type { EndReason, Framing, HeaderList, Observation, ObservedError } from '../types.ts';
import { VERSION } from '../version.ts';
import type { RunClock } from './clock.ts';
import { createEventCounter } from './event-counter.ts';
import { isCredential, type ObserveOptions, type ProbeTarget, requestFields } from './targets.ts';

/** An answer larger than this is not watched any further: the recording must fit in memory. */
const MOST_BODY_BYTES = 64 * 1_048_576;

/** Progress of one watch, for a progress line. */
export interface ObserveProgress {
  hop: string;
  head: boolean;
  events: number;
}

/**
 * Sends one request and records what comes back, until the stream ends, the watch is over or `signal` aborts.
 * Never rejects for what the network does: that is in the observation.
 */
export function observe(
  target: ProbeTarget,
  options: ObserveOptions,
  clock: RunClock,
  signal: AbortSignal,
  onProgress: (progress: ObserveProgress) => void = () => {},
): Promise<Observation> {
  return new Promise((resolve) => new Watch(target, options, clock, signal, onProgress, resolve).start());
}

class Watch {
  readonly #observation: Observation;
  readonly #options: ObserveOptions;
  readonly #target: ProbeTarget;
  readonly #clock: RunClock;
  readonly #signal: AbortSignal;
  readonly #onProgress: (progress: ObserveProgress) => void;
  readonly #resolve: (observation: Observation) => void;
  #request: http.ClientRequest | null = null;
  #socket: Socket | null = null;
  #timer: NodeJS.Timeout | null = null;
  #phase: ObservedError['phase'] = 'dns';
  #events = 0;
  #bodyBytes = 0;
  #gotReset = false;
  #gotFin = false;
  #done = false;

  constructor(
    target: ProbeTarget,
    options: ObserveOptions,
    clock: RunClock,
    signal: AbortSignal,
    onProgress: (progress: ObserveProgress) => void,
    resolve: (observation: Observation) => void,
  ) {
    this.#target = target;
    this.#options = options;
    this.#clock = clock;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#resolve = resolve;
    this.#observation = emptyObservation(target, options, clock);
  }

  start(): void {
    const { method, body, verifyTls, ca } = this.#options;
    const url = new URL(this.#target.url);
    // An address needs no look-up: connecting is the first thing that can fail.
    if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) this.#phase = 'connect';
    const fields = requestFields(this.#target, VERSION);
    const send = url.protocol === 'https:' ? https.request : http.request;
    try {
      this.#request = send(url, {
        method,
        agent: false,
        headers: toNodeHeaders(fields),
        rejectUnauthorized: verifyTls,
        ...(ca === null ? {} : { ca }),
      });
    } catch (error) {
      // Node refuses some header names and values before anything is sent.
      this.#fail(error as NodeJS.ErrnoException);
      return;
    }
    this.#observation.request.headers = fields.filter(([name]) => !isCredential(name));
    this.#request.on('socket', (socket) => this.#onSocket(socket));
    this.#request.on('finish', () => {
      this.#observation.marks.requestMs ??= this.#clock.nowMs();
    });
    this.#request.on('response', (response) => this.#onResponse(response));
    this.#request.on('error', (error) => this.#onError(error));
    this.#request.on('upgrade', (response, socket) => {
      socket.destroy();
      this.#recordHead(response);
      this.#finish('complete', 'the server switched protocols');
    });
    this.#timer = setTimeout(() => this.#onFirstEventTimeout(), this.#options.waitFirstMs);
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    if (this.#signal.aborted) this.#onAbort();
    else this.#request.end(body ?? undefined);
  }

  readonly #onAbort = (): void => this.#stop('the probe was interrupted');

  #onSocket(socket: Socket): void {
    const { marks } = this.#observation;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.once('lookup', (error: Error | null) => {
      if (error !== null) return;
      marks.dnsMs = this.#clock.nowMs();
      this.#phase = 'connect';
    });
    socket.once('connect', () => {
      marks.connectMs = this.#clock.nowMs();
      this.#phase = socket instanceof TLSSocket ? 'tls' : 'request';
    });
    socket.once('secureConnect', () => {
      marks.tlsMs = this.#clock.nowMs();
      this.#phase = 'request';
      this.#recordTls(socket as TLSSocket);
    });
    // Ahead of the HTTP parser's own listener, so that every piece it hands over knows the read it came with.
    socket.prependListener('data', (bytes: Buffer) => {
      const atMs = this.#clock.nowMs();
      marks.firstByteMs ??= atMs;
      this.#observation.reads.push({ atMs, bytes: bytes.length });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.#gotReset = true;
    });
    socket.once('end', () => {
      this.#gotFin = true;
    });
  }

  #recordTls(socket: TLSSocket): void {
    const issuer = socket.getPeerCertificate().issuer as { O?: string | string[]; CN?: string } | undefined;
    const organisation = Array.isArray(issuer?.O) ? issuer.O.join(', ') : issuer?.O;
    this.#observation.tls = {
      protocol: socket.getProtocol() ?? 'unknown',
      alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
      issuer: organisation ?? issuer?.CN ?? null,
    };
  }

  #recordHead(response: http.IncomingMessage): HeaderList {
    const headers = fromRawHeaders(response.rawHeaders);
    // The read that completed the head, not the moment Node got round to telling.
    this.#observation.marks.headMs = this.#observation.reads.at(-1)?.atMs ?? this.#clock.nowMs();
    this.#observation.response = {
      status: response.statusCode ?? 0,
      reason: response.statusMessage ?? '',
      httpVersion: response.httpVersion,
      headers,
      framing: framingOf(this.#options.method, response.statusCode ?? 0, headers),
    };
    return headers;
  }

  #onResponse(response: http.IncomingMessage): void {
    const headers = this.#recordHead(response);
    this.#phase = 'head';
    const coding = headerTokens(headers, 'content-encoding').at(-1) ?? null;
    const count = createEventCounter(headerValue(headers, 'content-type'), coding, () => this.#onEvent());
    this.#report();
    response.on('data', (bytes: Buffer) => {
      const read = this.#observation.reads.length - 1;
      const atMs = this.#observation.reads[read]?.atMs ?? this.#clock.nowMs();
      this.#observation.chunks.push({ atMs, read, base64: bytes.toString('base64') });
      this.#bodyBytes += bytes.length;
      count(bytes);
      if (this.#bodyBytes > MOST_BODY_BYTES) this.#stop('the recording reached its limit of 64 MiB');
    });
    response.once('end', () => {
      if (!response.complete) return;
      const closed = this.#observation.response?.framing === 'close';
      this.#finish(closed ? 'closed' : 'complete', null);
    });
    response.once('error', (error) => this.#onError(error));
    response.once('close', () => this.#finish(this.#gotReset ? 'reset' : 'truncated', null));
  }

  #onEvent(): void {
    this.#events += 1;
    if (this.#events === 1 && !this.#done) {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#stop(null), this.#options.durationMs);
    }
    this.#report();
    // Not from inside the parser's callback: the rest of this read belongs to the recording.
    if (this.#events === this.#options.events) setImmediate(() => this.#stop(null));
  }

  #report(): void {
    const head = this.#observation.response !== null;
    this.#onProgress({ hop: this.#target.name, head, events: this.#events });
  }

  #onFirstEventTimeout(): void {
    if (this.#observation.response !== null) {
      this.#stop('no event came in the time given by --wait-first');
      return;
    }
    const error = new Error(`nothing came within ${Math.round(this.#options.waitFirstMs)} ms`);
    this.#fail(Object.assign(error, { code: 'UNCLOG_TIMEOUT' }));
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (error.code === 'ECONNRESET' && this.#socket?.errored) this.#gotReset = true;
    if (this.#observation.response === null) this.#fail(error);
    else {
      const detail = error.code === 'ECONNRESET' ? null : error.message;
      this.#finish(this.#gotReset && !this.#gotFin ? 'reset' : 'truncated', detail);
    }
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#done) return;
    const phase = this.#phase === 'request' ? 'head' : this.#phase;
    this.#observation.error = {
      code: error.code ?? 'UNKNOWN',
      message: error.message,
      phase,
      atMs: this.#clock.nowMs(),
    };
    this.#close();
  }

  #stop(detail: string | null): void {
    if (this.#observation.response === null && !this.#done) {
      this.#fail(Object.assign(new Error(detail ?? 'stopped'), { code: 'UNCLOG_INTERRUPTED' }));
      return;
    }
    this.#finish('stopped-by-probe', detail);
  }

  #finish(reason: EndReason, detail: string | null): void {
    if (this.#done) return;
    this.#observation.end = { reason, atMs: this.#clock.nowMs(), detail };
    this.#close();
  }

  #close(): void {
    this.#done = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#request?.on('error', () => {});
    this.#request?.destroy();
    this.#resolve(this.#observation);
  }
}

function emptyObservation(target: ProbeTarget, options: ObserveOptions, clock: RunClock): Observation {
  const { waitFirstMs, durationMs, events } = options;
  return {
    schemaVersion: 1,
    hop: target.name,
    url: target.url,
    startedAtEpochMs: clock.startedAtEpochMs,
    request: { method: options.method, headers: [] },
    marks: {
      startMs: clock.nowMs(),
      dnsMs: null,
      connectMs: null,
      tlsMs: null,
      requestMs: null,
      firstByteMs: null,
      headMs: null,
    },
    response: null,
    tls: null,
    reads: [],
    chunks: [],
    end: null,
    error: null,
    pathExchanges: [],
    proberLags: [],
    limits: { waitFirstMs, durationMs, events },
  };
}

/** How the end of this answer's body is marked (RFC 9112 section 6.3). */
function framingOf(method: string, status: number, headers: HeaderList): Framing {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none';
  if (headerTokens(headers, 'transfer-encoding').at(-1) === 'chunked') return 'chunked';
  return headerValue(headers, 'content-length') === null ? 'close' : 'content-length';
}

function toNodeHeaders(fields: HeaderList): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
