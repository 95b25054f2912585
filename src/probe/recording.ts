import { maskCredentials } from '../report/mask.ts';
import type {
  HeaderList,
  InterimResponse,
  Observation,
  ObservedError,
  ObservedProxy,
  ObservedRedirect,
  ProtocolFault,
  WireChunk,
  WireFrame,
  WireRecord,
} from '../types.ts';
import type { RunClock } from './clock.ts';
import { isCredential, type ObserveOptions, type ProbeTarget } from './targets.ts';
import type { AnswerHead } from './wire/answer-sink.ts';

/** Bounds on what is kept of one answer, beside the body itself. */
const MOST_FRAMES = 200_000;
const MOST_FAULTS = 50;
const MOST_INTERIM = 100;

/** An observation under way. Credentials do not get in: neither the request's nor cookies that an answer sets. */
export class Recording {
  readonly observation: Observation;
  #wire: WireRecord = emptyWire();

  constructor(target: ProbeTarget, options: ObserveOptions, clock: RunClock) {
    this.observation = emptyObservation(target, options, clock);
    this.observation.wire = this.#wire;
  }

  /** A request is about to be sent. */
  begin(method: string, fields: HeaderList): void {
    this.observation.request = { method, headers: fields.filter(([name]) => !isCredential(name)) };
  }

  /** The answer so far was only on the way to the one that is wanted. */
  redirect(redirect: ObservedRedirect, atMs: number): void {
    const { observation } = this;
    observation.redirects ??= [];
    observation.redirects.push({ ...redirect, headers: maskCredentials(redirect.headers) });
    observation.reads = [];
    observation.chunks = [];
    observation.response = null;
    observation.tls = null;
    delete observation.proxy;
    this.#wire = emptyWire();
    observation.wire = this.#wire;
    observation.marks = { ...emptyMarks(observation.marks.startMs), dialMs: atMs };
  }

  proxy(proxy: ObservedProxy): void {
    const { answer } = proxy;
    this.observation.proxy = {
      ...proxy,
      answer: answer && { status: answer.status, headers: maskCredentials(answer.headers) },
    };
  }

  read(atMs: number, bytes: number): number {
    this.observation.marks.firstByteMs ??= atMs;
    return this.observation.reads.push({ atMs, bytes }) - 1;
  }

  interim(interim: InterimResponse): void {
    if (this.#wire.interim.length < MOST_INTERIM)
      this.#wire.interim.push({ ...interim, headers: maskCredentials(interim.headers) });
  }

  head({ status, reason, httpVersion, headers, framing, headBytes, atMs }: AnswerHead): void {
    this.observation.marks.headMs = atMs;
    this.observation.response = { status, reason, httpVersion, headers: maskCredentials(headers), framing };
    this.#wire.headBytes = headBytes;
  }

  body(bytes: Buffer, atMs: number, read: number): void {
    this.observation.chunks.push({ atMs, read, base64: bytes.toString('base64') });
  }

  chunk(chunk: WireChunk): void {
    this.#keep(this.#wire.chunks, chunk);
  }

  frame(frame: WireFrame): void {
    this.#keep(this.#wire.frames, frame);
  }

  trailers(trailers: HeaderList): void {
    this.#wire.trailers = maskCredentials(trailers);
  }

  /** The first one of each kind. */
  fault(fault: ProtocolFault): void {
    const { faults } = this.#wire;
    if (faults.length < MOST_FAULTS && !faults.some((one) => one.code === fault.code)) faults.push(fault);
  }

  error(error: NodeJS.ErrnoException, phase: ObservedError['phase'], atMs: number): void {
    this.observation.error = { code: error.code ?? 'UNKNOWN', message: messageOf(error), phase, atMs };
  }

  #keep<T>(list: T[], item: T): void {
    if (list.length < MOST_FRAMES) list.push(item);
    else this.#wire.omitted += 1;
  }
}

/** A URL as it may be recorded. */
export function recordedUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.hash = '';
  return shown.href;
}

/** An error that stands for one per address tried (RFC 8305) has no message of its own. */
function messageOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : null;
  return error.message !== '' || !(first instanceof Error) ? error.message : first.message;
}

function emptyWire(): WireRecord {
  return { headBytes: null, interim: [], chunks: [], frames: [], trailers: [], faults: [], omitted: 0 };
}

function emptyMarks(startMs: number): Observation['marks'] {
  return {
    startMs,
    dnsMs: null,
    connectMs: null,
    tlsMs: null,
    requestMs: null,
    firstByteMs: null,
    headMs: null,
  };
}

function emptyObservation(target: ProbeTarget, options: ObserveOptions, clock: RunClock): Observation {
  const { method, unixSocket, waitFirstMs, durationMs, events } = options;
  return {
    schemaVersion: 1,
    hop: target.name,
    url: recordedUrl(new URL(target.url)),
    startedAtEpochMs: clock.startedAtEpochMs,
    request: { method, headers: [] },
    marks: emptyMarks(clock.nowMs()),
    response: null,
    tls: null,
    ...(unixSocket === null ? {} : { unixSocket }),
    reads: [],
    chunks: [],
    end: null,
    error: null,
    pathExchanges: [],
    proberLags: [],
    limits: { waitFirstMs, durationMs, events },
  };
}
