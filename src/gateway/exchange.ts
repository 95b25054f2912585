import type { Readable, Writable } from 'node:stream';
import { headerValue } from '../http/header-list.ts';
import { EVENT_STREAM } from '../http/media-type.ts';
import type { HeaderList } from '../types.ts';
import type { AgeWatch } from './age-clock.ts';
import { type BodyUnit, unitOf } from './body-unit.ts';
import type { ClientConnection, ClientFraming, ClientSide, OpenFraming, RequestHead } from './client-side.ts';
import { ALLOWED_METHODS, answerTo, type Fault, type FaultAnswer, faultOf, GatewayError } from './errors.ts';
import { boundAge, boundSilence } from './exchange-bounds.ts';
import type { EarlyHeadResult, LiveTransport, Outcome, Route, StreamInsertions } from './exchange-types.ts';
import type { GatewaySettings } from './options.ts';
import { ownFields, timingTrailer } from './own-fields.ts';
import type { Place } from './places.ts';
import type { QuietWatch } from './quiet-clock.ts';
import { without } from './response-head.ts';
import type { RouteSettings } from './routes.ts';
import { type HoldKind, StreamWatch, type WatchedStream } from './stream-watch.ts';
import type { Observation } from './upstream-meter.ts';
import type { Attempt } from './upstreams/attempt.ts';
import type { UpstreamTarget } from './upstreams/options.ts';

/** What an exchange needs of its gateway. */
export interface ExchangeHost {
  readonly settings: GatewaySettings;
  readonly isDraining: boolean;
  /** The way in: a place among the streams, a target, the next target. */
  readonly admission: {
    enter(exchange: Exchange, takesPlace: boolean, send: () => void): void;
    takePlace(exchange: Exchange): void;
    connectFailed(exchange: Exchange, error: unknown): void;
  };
  /** The response head of an upstream was passed on. */
  answered(exchange: Exchange): void;
  /** The first event of a stream was passed on. */
  firstEvent(exchange: Exchange): void;
  /** A stream was quiet for so long before it went on. */
  paused(exchange: Exchange, ms: number): void;
  /** A stream is held before it gets here. */
  held(exchange: Exchange, kind: HoldKind): void;
  /** A broken answer went out whose client could not be told that it is. */
  unmarkedBreak(exchange: Exchange): void;
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
export class Exchange implements WatchedStream {
  /** Unique in this process; the same in the log and on the admin server. */
  readonly id = ++lastId;
  readonly client: ClientSide;
  readonly req: RequestHead;
  /** Body bytes for the client are written here, framed as {@link sendHead} was told. */
  readonly out: Writable;
  readonly host: ExchangeHost;
  /** The gateway's settings that were in force when the request came. */
  readonly inForce: GatewaySettings;
  /** The request body. */
  body: Readable;
  /** What its route says; of no route until it is known. */
  settings: RouteSettings;
  /** Its way to a target; null until it was let in. */
  attempt: Attempt | null = null;
  /** Its place among the streams. */
  place: Place | null = null;
  /** Address that the request comes from: the connection's other end, or the one that trusted proxies name. */
  clientAddress = '';
  readonly startedMs = performance.now();
  /** Null while it is under way. On the same clock. */
  endedAtMs: number | null = null;
  route: Route = 'ordinary';
  path = '';
  status: number | null = null;
  outcome: Outcome | null = null;
  detail: string | null = null;
  /** What went wrong, where something did. */
  fault: Fault | null = null;
  /** The answer's head was passed on, and it is a stream's with a body to come. */
  isStream = false;
  /** What the stream is made of; null where that cannot be told, and for what is no stream. */
  unit: BodyUnit | null = null;
  /** Null until the first byte of a stream. */
  watch: StreamWatch | null = null;
  /** Null before there is one, and for websockets. */
  transport: LiveTransport | null = null;
  /** The request of a stream had `Last-Event-ID`. */
  resumes = false;
  /** The request of a stream had `Accept: text/event-stream` and nothing else in it. */
  wantsEventsOnly = false;
  /** The client can take trailers. */
  takesTrailers = false;
  /** HTTP/1.x of the upstream's answer: the x. */
  upstreamMinor: 0 | 1 = 1;
  /** When the upstream's response head was passed on, on the clock of `performance.now()`. */
  headAtMs: number | null = null;
  /** When the first read with bytes of the body came; means nothing while {@link payloadBytes} is 0. */
  firstByteAtMs: number | null = null;
  /** Lines that the gateway itself puts into the stream. Null for almost all. */
  insertions: StreamInsertions | null = null;
  /** What became of a head that was sent before the upstream's. */
  earlyHead: EarlyHeadResult | null = null;
  /** In observe mode, on a stream: what was seen so far. */
  observed: (() => Observation) | null = null;
  /** Frees the upstream; called when the client has left or the gateway is shutting down. */
  abortUpstream: () => void = () => {};
  /** Payload bytes for the log. */
  payloadBytes: () => number = () => 0;

  #framing: ClientFraming = 'none';
  #announcedTiming = false;
  /** Stop the clocks that its route asks for. */
  #age: AgeWatch | null = null;
  #silence: QuietWatch | null = null;
  readonly #onLeave = (): void => this.leave();

  constructor(host: ExchangeHost, client: ClientSide) {
    this.host = host;
    this.inForce = host.settings;
    this.settings = host.settings.unrouted;
    this.client = client;
    this.req = client.head;
    this.out = client.out;
    this.body = client.body;
    client.watch(this.#onLeave);
  }

  /** Where the request came from. */
  get connection(): ClientConnection {
    return this.req.socket;
  }

  /**
   * Where the request goes.
   * @throws GatewayError before it was let in.
   */
  get target(): UpstreamTarget {
    if (this.attempt === null) throw new GatewayError('internal', 'not let in yet');
    return this.attempt.target.at;
  }

  /** Scheme and authority of the target; empty while it is not known. */
  get targetOrigin(): string {
    if (this.attempt !== null) return this.attempt.target.at.origin;
    const [first, ...others] = this.settings.upstream.targets;
    return first === undefined || others.length > 0 ? '' : first.origin;
  }

  get isSettled(): boolean {
    return this.outcome !== null;
  }

  /** The client speaks HTTP/1.0: no chunks, no interim responses. */
  get isHttp10(): boolean {
    return this.client.openFraming === 'close';
  }

  /** How a body whose length is not known goes to this client. */
  get openFraming(): OpenFraming {
    return this.client.openFraming;
  }

  get headSent(): boolean {
    return this.status !== null;
  }

  /**
   * Sends the head at once.
   * @throws when a field or the status cannot be sent; nothing has been sent then.
   */
  sendHead(
    status: number,
    reason: string,
    headers: HeaderList,
    framing: ClientFraming,
    isStream: boolean,
  ): void {
    const { startedMs, upstreamMinor, settings } = this;
    const hasTrailers = framing === 'chunked' || framing === 'frames';
    const canTrail = hasTrailers && this.takesTrailers;
    const headAtMs = performance.now();
    const own = ownFields(settings, { startedMs, headAtMs, upstreamMinor, canTrail });
    let list = hasTrailers ? headers : without(headers, ['trailer']);
    if (status === 204) list = without(list, ['content-length']);
    if (own.length > 0) list = [...list, ...own];
    this.client.sendHead(status, reason, list, framing, !this.host.isDraining);
    this.status = status;
    this.headAtMs = headAtMs;
    // An early head says nothing of the target.
    if (this.earlyHead === null) this.answered(status, headers);
    this.#announcedTiming = canTrail && settings.serverTiming;
    this.isStream = isStream && framing !== 'none';
    this.#framing = framing;
    if (this.isStream) {
      this.#noteStream(headers);
      if (this.earlyHead === null) this.watchIdle();
    }
    this.host.answered(this);
  }

  #noteStream(headers: HeaderList): void {
    this.unit = unitOf(headers);
    const { rawHeaders } = this.req;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      if (name.length === 13 && name.toLowerCase() === 'last-event-id') this.resumes = true;
      else if (name.length === 6 && name.toLowerCase() === 'accept')
        this.wantsEventsOnly = rawHeaders[i + 1]?.toLowerCase() === EVENT_STREAM;
    }
  }

  /** Begins to watch how the stream arrives; at its first byte, so that quiet streams need no memory for it. */
  startWatch(): StreamWatch | null {
    if (this.watch !== null || this.unit === null) return this.watch;
    this.watch = new StreamWatch(this, this.unit);
    this.watch.looksAlways = this.host.isDraining;
    return this.watch;
  }

  onFirstEvent(): void {
    this.host.firstEvent(this);
  }

  onPause(ms: number): void {
    this.host.paused(this, ms);
  }

  onHold(kind: HoldKind): void {
    this.host.held(this, kind);
  }

  /** Takes one of the places for streams, once. */
  claimStream(): void {
    this.host.admission.takePlace(this);
  }

  /** The target has taken the connection. */
  connected(): void {
    this.attempt?.connected();
  }

  /** No connection was had and nothing was sent: the next target is tried, where there is one. */
  connectFailed(error: unknown): void {
    if (!this.isSettled) this.host.admission.connectFailed(this, error);
  }

  /** Books what the target has answered. */
  answered(status: number, headers: HeaderList): void {
    const { attempt } = this;
    if (attempt === null) return;
    const { upstream, target } = attempt;
    const { stickyHeader } = upstream.settings;
    upstream.answered(target, status, stickyHeader === null ? null : headerValue(headers, stickyHeader));
  }

  /** From here on its age is bounded, where the route says so. */
  watchAge(): void {
    this.#age = boundAge(this);
  }

  /** From here on the upstream's silence is bounded, where the route says so. */
  watchIdle(): void {
    this.#silence = boundSilence(this);
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

  /**
   * The answer is whole. What ends the body on the wire has been written, unless Node frames it (`nodeFrames`) or the
   * framing is `frames`; `trailers` are sent in these two cases only.
   */
  complete(
    outcome: Outcome = 'complete',
    { nodeFrames = false, trailers = NO_FIELDS }: { nodeFrames?: boolean; trailers?: HeaderList } = {},
  ): void {
    if (this.isSettled) return;
    this.settle(outcome);
    this.client.complete({ nodeFrames, trailers, withinMs: this.settings.slowClientTimeoutMs });
  }

  /** Ends without a whole answer: an answer of our own where no head went out, else a visible break. */
  fail(error: unknown, outcome: Outcome = 'upstream-broken'): void {
    if (this.isSettled) return;
    const detail =
      error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    this.fault = faultOf(error);
    if (this.earlyHead === 'unanswered') this.earlyHead = 'no-answer';
    const isEarly = this.earlyHead !== null && this.earlyHead !== 'followed';
    if (this.headSent) this.breakOff(isEarly ? 'early-head-broken' : outcome, detail);
    else this.#refuse(this.fault, error instanceof GatewayError ? error.message : detail);
  }

  /** Breaks the client's connection off after what was written has been delivered. */
  breakOff(outcome: Outcome, detail: string): void {
    if (this.isSettled) return;
    this.settle(outcome, detail);
    const isMarked = this.client.breakOff({
      closeDelimited: this.#framing === 'close',
      withinMs: outcome === 'slow-client' ? 0 : this.settings.slowClientTimeoutMs,
    });
    if (!isMarked) this.host.unmarkedBreak(this);
  }

  /** Ends it because the gateway is shutting down. */
  drain(): void {
    if (this.isSettled) return;
    if (this.headSent || this.route === 'upgrade') this.breakOff('drained', 'shutdown');
    else this.fail(new GatewayError('draining'));
    this.abortUpstream();
  }

  /** Books the end; the transport has seen to the wire. */
  settle(outcome: Outcome, detail: string | null = null): void {
    if (this.isSettled) return;
    this.outcome = outcome;
    this.detail = detail;
    this.endedAtMs = performance.now();
    // What it came on is let go of, listeners and all.
    if (outcome !== 'client-gone') this.client.unwatch(this.#onLeave);
    this.watch?.end();
    this.insertions?.end();
    this.#age?.stop();
    this.#silence?.stop();
    this.host.settled(this);
  }

  /** The client has left. */
  leave(): void {
    if (this.isSettled) return;
    this.settle('client-gone');
    this.abortUpstream();
    this.client.abandon();
  }

  #refuse(fault: Fault, detail: string): void {
    const answer = answerTo(fault);
    const isLast = CLOSING_STATUSES.has(answer.status) || fault === 'connection-limit';
    this.#answer(answer, 'refused', detail, !isLast);
  }

  #answer(answer: FaultAnswer, outcome: Outcome, detail: string | null = null, mayKeepAlive = true): void {
    this.status = answer.status;
    this.settle(outcome, detail);
    this.client.answer(answer, mayKeepAlive && !this.host.isDraining);
  }
}
