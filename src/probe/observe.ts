import { headerTokens, headerValue } from '../http/header-list.ts';
import type { EndReason, Observation, ObservedError } from '../types.ts';
import type { RunClock } from './clock.ts';
import { createEventCounter } from './event-counter.ts';
import { firstRequest, followRedirect, type PlannedRequest } from './next-request.ts';
import { Recording, recordedUrl } from './recording.ts';
import type { ObserveOptions, ProbeTarget } from './targets.ts';
import { type AnswerHead, type AnswerSink, type Channel, wireError } from './wire/answer-sink.ts';
import { openChannel } from './wire/channel.ts';
import { dial } from './wire/dial.ts';

/** An answer larger than this is not watched any further: the recording must fit in memory. */
const MOST_BODY_BYTES = 64 * 1_048_576;
/** The same for an answer in very small pieces. */
const MOST_PIECES = 1_000_000;

/** Progress of one watch, for a progress line. */
export interface ObserveProgress {
  hop: string;
  head: boolean;
  events: number;
  /** Where the answer comes from: behind a redirect, another URL than the hop's. */
  url: string;
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

/** One request and its answer; behind a redirect comes another one. */
interface Leg {
  request: PlannedRequest;
  abort: AbortController;
  channel: Channel | null;
  /** Counts events once the head is there. */
  count: (bytes: Buffer) => void;
}

class Watch {
  readonly #recording: Recording;
  readonly #options: ObserveOptions;
  readonly #target: ProbeTarget;
  readonly #clock: RunClock;
  readonly #signal: AbortSignal;
  readonly #onProgress: (progress: ObserveProgress) => void;
  readonly #resolve: (observation: Observation) => void;
  #leg: Leg | null = null;
  #redirects = 0;
  #timer: NodeJS.Timeout | null = null;
  #phase: ObservedError['phase'] = 'connect';
  #events = 0;
  #bodyBytes = 0;
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
    this.#recording = new Recording(target, options, clock);
  }

  start(): void {
    this.#timer = setTimeout(() => this.#onFirstEventTimeout(), this.#options.waitFirstMs);
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    if (this.#signal.aborted) this.#onAbort();
    else this.#begin(firstRequest(this.#target, this.#options));
  }

  readonly #onAbort = (): void => this.#stop(interruption(this.#signal.reason));

  #begin(request: PlannedRequest): void {
    const leg: Leg = { request, abort: new AbortController(), channel: null, count: () => {} };
    this.#leg = leg;
    this.#recording.begin(request.method, request.fields);
    this.#send(leg).catch((error: unknown) => {
      if (leg === this.#leg) this.#fail(error as NodeJS.ErrnoException);
    });
  }

  async #send(leg: Leg): Promise<void> {
    const { marks } = this.#recording.observation;
    const listener = {
      onPhase: (phase: ObservedError['phase']) => {
        if (leg === this.#leg) this.#phase = phase;
      },
      onMark: (mark: 'dnsMs' | 'connectMs' | 'tlsMs', atMs: number) => {
        marks[mark] = atMs;
      },
      onProxy: (proxy: NonNullable<Observation['proxy']>) => {
        if (leg === this.#leg) this.#recording.proxy(proxy);
      },
    };
    const { url, certificate } = leg.request;
    const dialled = await dial(url, certificate, this.#options, this.#clock, listener, leg.abort.signal);
    if (leg !== this.#leg || this.#done) {
      dialled.socket.on('error', () => {}).destroy();
      return;
    }
    this.#recording.observation.tls = dialled.tls;
    leg.channel = openChannel(dialled, this.#clock);
    leg.channel.exchange({ ...leg.request, last: true }, this.#sinkFor(leg), (atMs) => {
      marks.requestMs ??= atMs;
    });
  }

  #sinkFor(leg: Leg): AnswerSink {
    const recording = this.#recording;
    const current = (): boolean => leg === this.#leg && !this.#done;
    return {
      onRead: (atMs, bytes) => (current() ? recording.read(atMs, bytes) : 0),
      onInterim: (interim) => current() && recording.interim(interim),
      onHead: (head) => current() && this.#onHead(leg, head),
      onBody: (bytes, atMs, read) => current() && this.#onBody(leg, bytes, atMs, read),
      onChunk: (chunk) => current() && recording.chunk(chunk),
      onFrame: (frame) => current() && recording.frame(frame),
      onTrailers: (trailers) => current() && recording.trailers(trailers),
      onFault: (fault) => current() && recording.fault(fault),
      onEnd: (reason, detail) => current() && this.#finish(reason, detail),
      onFail: (error) => current() && this.#fail(error),
    };
  }

  #onHead(leg: Leg, head: AnswerHead): void {
    const { status, headers } = head;
    this.#phase = 'head';
    this.#options.onHead?.({ hop: this.#target.name, status, headers });
    const next = followRedirect(head, leg.request, this.#target, this.#options);
    if (next !== null && this.#redirects < this.#options.mostRedirects) {
      this.#redirect(leg, head, next);
      return;
    }
    this.#recording.head(head);
    if (next !== null)
      this.#recording.fault({
        code: 'too-many-redirects',
        detail: `more than ${this.#options.mostRedirects} redirects: the last one was not followed`,
        atMs: head.atMs,
      });
    const coding = headerTokens(headers, 'content-encoding').at(-1) ?? null;
    leg.count = createEventCounter(headerValue(headers, 'content-type'), coding, () => this.#onEvent());
    this.#report();
  }

  #redirect(leg: Leg, { status, headers, atMs }: AnswerHead, next: PlannedRequest): void {
    this.#redirects += 1;
    this.#recording.redirect(
      {
        url: recordedUrl(leg.request.url),
        status,
        location: recordedUrl(next.url),
        atMs,
        headers,
        withoutCredentials: next.withoutCredentials,
      },
      this.#clock.nowMs(),
    );
    leg.channel?.close();
    this.#begin(next);
  }

  #onBody(leg: Leg, bytes: Buffer, atMs: number, read: number): void {
    this.#recording.body(bytes, atMs, read);
    this.#bodyBytes += bytes.length;
    leg.count(bytes);
    if (this.#bodyBytes > MOST_BODY_BYTES) this.#stop('the recording reached its limit of 64 MiB');
    else if (this.#recording.observation.chunks.length >= MOST_PIECES)
      this.#stop('the recording reached its limit of a million pieces');
  }

  #onEvent(): void {
    // A decompressor works off the last read after the answer has ended.
    if (this.#done) return;
    this.#events += 1;
    if (this.#events === 1) {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#stop(null), this.#options.durationMs);
    }
    this.#report();
    // Not from inside the parser's callback: the rest of this read belongs to the recording.
    if (this.#events === this.#options.events) setImmediate(() => this.#stop(null));
  }

  #report(): void {
    const head = this.#recording.observation.response !== null;
    const url = recordedUrl(this.#leg?.request.url ?? new URL(this.#target.url));
    this.#onProgress({ hop: this.#target.name, head, events: this.#events, url });
  }

  #onFirstEventTimeout(): void {
    if (this.#recording.observation.response !== null) {
      this.#stop('no event came in the time given by --wait-first');
      return;
    }
    this.#fail(
      wireError('UNCLOG_TIMEOUT', `nothing came within ${Math.round(this.#options.waitFirstMs)} ms`),
    );
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#done) return;
    const phase = this.#phase === 'request' ? 'head' : this.#phase;
    this.#recording.error(error, phase, this.#clock.nowMs());
    this.#close();
  }

  #stop(detail: string | null): void {
    if (this.#recording.observation.response === null && !this.#done) {
      this.#fail(wireError('UNCLOG_INTERRUPTED', detail ?? 'stopped'));
      return;
    }
    this.#finish('stopped-by-probe', detail);
  }

  #finish(reason: EndReason, detail: string | null): void {
    if (this.#done) return;
    this.#recording.observation.end = { reason, atMs: this.#clock.nowMs(), detail };
    this.#close();
  }

  #close(): void {
    this.#done = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#leg?.abort.abort();
    this.#leg?.channel?.close();
    this.#resolve(this.#recording.observation);
  }
}

/** `-m` comes as the end of an `AbortSignal.timeout`: no interruption, but what was asked for. */
function interruption(reason: unknown): string {
  const isTimeout = reason instanceof DOMException && reason.name === 'TimeoutError';
  return isTimeout ? 'the time given by -m (--max-time) was over' : 'the probe was interrupted';
}
