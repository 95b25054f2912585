import { fromRawHeaders, headerValue } from '../http/header-list.ts';
import { FAULT_FAMILIES } from './admin-fault-families.ts';
import { cancelEarlyHead } from './early-head.ts';
import { type Fault, faultOf, GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { LIMITS } from './limits.ts';
import type { Places } from './places.ts';
import { Attempt } from './upstreams/attempt.ts';
import type { UpstreamSettings } from './upstreams/options.ts';
import type { Upstream } from './upstreams/upstream.ts';

/** A request that waits for a place or a target. */
interface Waiting {
  exchange: Exchange;
  takesPlace: boolean;
  send: () => void;
  late: NodeJS.Timeout;
}

/** Where requests go. */
export interface UpstreamSource {
  of(settings: UpstreamSettings): Upstream;
  successorOf(settings: UpstreamSettings): Upstream;
}

/**
 * The way in: gives a request a place (where it is a stream) and a target, lets it wait for them where its route says
 * so, and sends it to the next target when one does not take the connection.
 */
export class Admission {
  readonly #places: Places;
  readonly #upstreams: UpstreamSource;
  readonly #waiting = new Set<Waiting>();
  #isWaking = false;

  constructor(places: Places, upstreams: UpstreamSource) {
    this.#places = places;
    this.#upstreams = upstreams;
  }

  /** Calls `send` as soon as there is room, at once where there is; again, for the next target, after a failure. */
  enter(exchange: Exchange, takesPlace: boolean, send: () => void): void {
    const upstream = this.#upstreams.of(exchange.settings.upstream);
    const fault = this.#tryEnter({ exchange, takesPlace, send }, upstream);
    if (fault === null) send();
    else this.#wait({ exchange, takesPlace, send }, fault);
  }

  /**
   * Takes one of the places for streams, for an answer that turned out to be one.
   * @throws GatewayError when none is left.
   */
  takePlace(exchange: Exchange): void {
    exchange.attempt?.becameStream();
    if (exchange.place !== null) return;
    const place = this.#places.take(exchange.settings, exchange.clientAddress);
    if (typeof place === 'string') throw new GatewayError(place);
    exchange.place = place;
  }

  /** No connection was had, and nothing was sent: the next target, where there is one. */
  connectFailed(exchange: Exchange, error: unknown): void {
    const { attempt } = exchange;
    const fault = faultOf(error);
    // The system's own limits, say, are no fault of the target's, and no better with another one.
    const isTargets = FAULT_FAMILIES[fault] === 'connect' || isUpstreams(fault);
    if (attempt === null || attempt.send === null || !isTargets) {
      exchange.fail(error);
      return;
    }
    const { upstream, target, send, isStream } = attempt;
    upstream.failed(target, fault);
    const tried = [...attempt.tried, target];
    attempt.tried = tried;
    const key = stickyKeyOf(exchange, upstream);
    const next = attempt.triesLeft > 0 ? upstream.choose({ key, isStream, tried }) : null;
    if (next !== null) {
      attempt.triesLeft--;
      attempt.moveTo(next);
      sendOrFail(exchange, send);
      return;
    }
    if (!this.#askAgainLater({ exchange, takesPlace: isStream, send })) exchange.fail(error);
  }

  /** The exchange is over: what it had is free. */
  leave(exchange: Exchange): void {
    const { attempt, place, fault } = exchange;
    if (exchange.settings.earlyHeadMs !== null) cancelEarlyHead(exchange);
    if (attempt !== null) {
      attempt.release();
      const isUnanswered = exchange.outcome === 'refused' || exchange.earlyHead === 'no-answer';
      if (isUnanswered && fault !== null && attempt.isConnected && isUpstreams(fault))
        attempt.upstream.failed(attempt.target, fault);
    }
    if (place === null) return;
    exchange.place = null;
    this.#places.release(place);
    this.wake();
  }

  /** Something that may be waited for has become free. */
  wake(): void {
    if (this.#waiting.size === 0 || this.#isWaking) return;
    this.#isWaking = true;
    setImmediate(() => {
      this.#isWaking = false;
      // The one that has waited longest comes first; those behind one that still cannot go may be able to.
      for (const waiting of this.#waiting) this.#retry(waiting);
    });
  }

  #retry(waiting: Waiting): void {
    const { exchange, send } = waiting;
    if (exchange.isSettled) {
      this.#forget(waiting);
      return;
    }
    if (this.#tryEnter(waiting, this.#upstreamNow(exchange)) !== null) return;
    this.#forget(waiting);
    sendOrFail(exchange, send);
  }

  /** Nothing has been sent yet: a request that had to wait goes where the options in force now say. */
  #upstreamNow(exchange: Exchange): Upstream {
    const { settings } = exchange;
    const upstream = this.#upstreams.successorOf(settings.upstream);
    if (upstream !== this.#upstreams.of(settings.upstream))
      exchange.settings = { ...settings, upstream: upstream.settings };
    return upstream;
  }

  /** Returns why it cannot be let in. */
  #tryEnter({ exchange, takesPlace, send }: Asked, upstream: Upstream): Fault | null {
    const key = stickyKeyOf(exchange, upstream);
    const target = upstream.choose({ key, isStream: takesPlace, tried: [] });
    if (target === null) return 'no-target';
    if (takesPlace && exchange.place === null) {
      const place = this.#places.take(exchange.settings, exchange.clientAddress);
      if (typeof place === 'string') return place;
      exchange.place = place;
    }
    exchange.attempt = new Attempt(upstream, target, takesPlace, exchange.settings.retries, send);
    return null;
  }

  #wait(asked: Asked, fault: Fault): void {
    const { exchange } = asked;
    const { queueMs } = exchange.settings;
    if (queueMs === null || this.#waiting.size >= LIMITS.queuedRequests) throw new GatewayError(fault);
    const late = setTimeout(
      () => {
        this.#forget(waiting);
        exchange.fail(new GatewayError(fault, `${fault} for ${queueMs} ms`));
      },
      exchange.startedMs + queueMs - performance.now(),
    );
    const waiting: Waiting = { ...asked, late };
    this.#waiting.add(waiting);
    exchange.abortUpstream = () => this.#forget(waiting);
  }

  #forget(waiting: Waiting): void {
    clearTimeout(waiting.late);
    this.#waiting.delete(waiting);
  }

  /** All targets have refused; a request that may wait asks them again until its time is over. */
  #askAgainLater(asked: Asked): boolean {
    const { exchange } = asked;
    const { queueMs } = exchange.settings;
    const againAtMs = performance.now() + LIMITS.reconnectPauseMs;
    // The library that carries upgrades adds listeners to the client's connection for each try.
    if (queueMs === null || exchange.route === 'upgrade' || againAtMs > exchange.startedMs + queueMs)
      return false;
    exchange.attempt?.release();
    const again = setTimeout(() => {
      const fault = this.#tryEnter(asked, this.#upstreamNow(exchange));
      sendOrFail(exchange, fault === null ? asked.send : () => this.#wait(asked, fault));
    }, LIMITS.reconnectPauseMs);
    exchange.abortUpstream = () => clearTimeout(again);
    return true;
  }
}

type Asked = Omit<Waiting, 'late'>;

/** Called from timers and events, where nobody else would catch what it throws. */
function sendOrFail(exchange: Exchange, send: () => void): void {
  try {
    send();
  } catch (error) {
    exchange.fail(error);
  }
}

function stickyKeyOf(exchange: Exchange, { settings }: Upstream): string | null {
  if (settings.stickyHeader === null) return null;
  return headerValue(fromRawHeaders(exchange.req.rawHeaders), settings.stickyHeader);
}

/** Is it the upstream that failed, once it was connected? */
function isUpstreams(fault: Fault): boolean {
  return FAULT_FAMILIES[fault] === 'unanswered' || FAULT_FAMILIES[fault] === 'malformed';
}
