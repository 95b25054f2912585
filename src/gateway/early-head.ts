import { fromRawHeaders, headerValue } from '../http/header-list.ts';
import { EVENT_STREAM, mediaType } from '../http/media-type.ts';
import { wrapPiece } from './body-writer.ts';
import type { OpenFraming } from './client-side.ts';
import type { Exchange } from './exchange.ts';
import { earlyInsertions, type Insertions, isOpenEventStream } from './insertions.ts';
import type { ForwardRequest } from './request-head.ts';
import { type AnswerHead, clientHeaders } from './response-head.ts';

/**
 * Waits for the upstream's head, or for the way there, if this request is one that may get a head before: a declared stream route, and a
 * client that takes events. Null otherwise, and where the option is off.
 */
export function awaitEarlyHead(exchange: Exchange, request: ForwardRequest): EarlyHead | null {
  const { earlyHeadMs, kind } = exchange.settings;
  if (earlyHeadMs === null || request.method === 'HEAD' || kind !== 'stream') return null;
  // A final answer would tell such a client to keep its body.
  if (request.expectsContinue && request.body.kind !== 'none') return null;
  if (!takesEvents(headerValue(fromRawHeaders(exchange.req.rawHeaders), 'accept'))) return null;
  const known = ofExchange.get(exchange);
  if (known !== undefined) {
    known.resume();
    return known;
  }
  const early = new EarlyHead(exchange, earlyHeadMs);
  ofExchange.set(exchange, early);
  return early;
}

/** The exchange is over. */
export function cancelEarlyHead(exchange: Exchange): void {
  ofExchange.get(exchange)?.cancel();
}

/** The next target takes over what the one before has left, or the wait for a place: a head is sent once. */
const ofExchange = new WeakMap<Exchange, EarlyHead>();

/** Is the type named, and not with a weight of nought (RFC 9110 section 12.4.2)? */
function takesEvents(accept: string | null): boolean {
  const ranges = accept?.split(',') ?? [];
  return ranges.some(
    (range) => mediaType(range) === EVENT_STREAM && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(range),
  );
}

/**
 * A head that goes out before the upstream's: status 200, the type, the opt-outs and a comment line, so that no hop's
 * first-byte timeout strikes. What the upstream answers then has to fit it.
 */
export class EarlyHead {
  readonly framing: OpenFraming;
  readonly #exchange: Exchange;
  readonly #dueMs: number;
  #timer: NodeJS.Timeout | undefined;
  #insertions: Insertions | null = null;

  constructor(exchange: Exchange, afterMs: number) {
    this.#exchange = exchange;
    this.framing = exchange.openFraming;
    this.#dueMs = performance.now() + afterMs;
    this.resume();
  }

  /** Another target is asked. */
  resume(): void {
    if (this.#insertions !== null) return;
    clearTimeout(this.#timer);
    const leftMs = this.#dueMs - performance.now();
    // A target that refuses at once would leave no time for a timer.
    if (leftMs <= 0) this.#send();
    else this.#timer = setTimeout(() => this.#send(), leftMs);
  }

  /** The upstream's head has come, or nobody waits for it any more. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  /**
   * Holds the upstream's answer against the head that has been sent; null when none has. `answer` has the fields that
   * the client would get. Books the outcome.
   * @throws Error when the two contradict each other.
   */
  followWith(answer: AnswerHead, hasBody: boolean): Insertions | null {
    const exchange = this.#exchange;
    if (this.#insertions === null) return null;
    const { status, headers } = answer;
    exchange.answered(status, headers);
    if (status < 200 || status > 299 || !hasBody || status === 206) {
      exchange.earlyHead = 'status';
      throw new Error(`the upstream answered ${status} after an early head had been sent`);
    }
    if (mediaType(headerValue(headers, 'content-type')) !== EVENT_STREAM) {
      exchange.earlyHead = 'type';
      throw new Error('the upstream answered with another type after an early head had been sent');
    }
    if (!isOpenEventStream(answer)) {
      exchange.earlyHead = 'coding';
      throw new Error('the upstream answered with a content coding after an early head had been sent');
    }
    exchange.earlyHead = 'followed';
    exchange.watchIdle();
    exchange.headAtMs = performance.now();
    return this.#insertions;
  }

  #send(): void {
    const exchange = this.#exchange;
    if (exchange.isSettled || exchange.headSent) return;
    const answer = { status: 200, headers: [['Content-Type', EVENT_STREAM] as [string, string]] };
    const headers = clientHeaders(answer, true);
    const insertions = earlyInsertions(exchange, { status: 200, headers });
    const { out } = exchange;
    out.cork();
    exchange.earlyHead = 'unanswered';
    try {
      exchange.sendHead(200, 'OK', headers, this.framing, true);
      // The upstream's own is yet to come.
      exchange.headAtMs = null;
      this.#insertions = insertions;
      insertions.start(
        (payload) => void out.write(this.framing === 'chunked' ? wrapPiece(payload) : payload),
      );
      if (!insertions.hasOpening) insertions.comment('');
    } catch (error) {
      if (!exchange.headSent) exchange.earlyHead = null;
      exchange.fail(error);
      exchange.abortUpstream();
    } finally {
      out.uncork();
    }
  }
}
