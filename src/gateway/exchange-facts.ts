import type { Exchange } from './exchange.ts';
import type { Outcome } from './exchange-types.ts';

/** Whose doing the end of an exchange was. */
export type EndedBy = 'client' | 'upstream' | 'gateway';

export const ENDED_BY: Readonly<Record<Outcome, EndedBy>> = {
  complete: 'upstream',
  unverified: 'upstream',
  answered: 'gateway',
  refused: 'gateway',
  'client-gone': 'client',
  'slow-client': 'gateway',
  'upstream-broken': 'upstream',
  'early-head-broken': 'upstream',
  'request-body-stalled': 'gateway',
  'request-body-too-large': 'gateway',
  'idle-timeout': 'gateway',
  'max-age': 'gateway',
  drained: 'gateway',
  upgraded: 'upstream',
};

/** What is known of an exchange, under way or over. Durations in milliseconds from the arrival of the request. */
export interface ExchangeFacts {
  /** Unique in this process; the same in the log, in `/streams` and in every message. */
  id: number;
  method: string;
  /** As sent, without the query. */
  path: string;
  route: Exchange['route'];
  /** Name of the rule that took it, as the options have it; empty where none did. */
  rule: string;
  /** Scheme and authority of the target; empty while it is not chosen among several. */
  target: string;
  status: number | null;
  httpVersion: string;
  /** Until the upstream's response head was passed on. */
  headMs?: number;
  /** Until the first byte of the body was. */
  firstByteMs?: number;
  /** Until the first read that ended an event was; only for streams of events or lines. */
  firstEventMs?: number;
  /** Chunks of the body; of one that comes without chunks, pieces as they were read. */
  pieces: number;
  /** Events, or lines, of a stream that was slow enough to be looked into whole. */
  events?: number;
  payloadBytes: number;
  durationMs: number;
  /** How the stream is held before it gets here, where it is. */
  hold?: NonNullable<Exchange['watch']>['hold'];
}

/** The facts of this moment. Written for each line of the log: put together field by field, since copying objects takes longer. */
export function factsOf(exchange: Exchange): ExchangeFacts {
  const { req, watch, startedMs, headAtMs } = exchange;
  const payloadBytes = exchange.payloadBytes();
  const facts: ExchangeFacts = {
    id: exchange.id,
    method: req.method ?? '',
    path: exchange.path,
    route: exchange.route,
    rule: exchange.settings.name,
    target: exchange.targetOrigin,
    status: exchange.status,
    httpVersion: req.httpVersion,
    pieces: exchange.transport?.pieces ?? 0,
    payloadBytes,
    durationMs: between(startedMs, exchange.endedAtMs ?? performance.now()),
  };
  if (headAtMs !== null) facts.headMs = between(startedMs, headAtMs);
  if (payloadBytes > 0 && exchange.firstByteAtMs !== null)
    facts.firstByteMs = between(startedMs, exchange.firstByteAtMs);
  if (watch === null) return facts;
  if (watch.firstEventAtMs !== null) facts.firstEventMs = between(startedMs, watch.firstEventAtMs);
  if (watch.sawAll(payloadBytes)) facts.events = watch.boundary.events;
  if (watch.hold !== null) facts.hold = watch.hold;
  return facts;
}

function between(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) * 10) / 10;
}
