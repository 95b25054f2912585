import type { Exchange, Outcome } from './exchange.ts';

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

/** The facts of this moment. */
export function factsOf(exchange: Exchange): ExchangeFacts {
  const { id, req, route, path, status, watch, startedMs } = exchange;
  const payloadBytes = exchange.payloadBytes();
  const since = (ms: number): number => Math.round((ms - startedMs) * 10) / 10;
  const { headAtMs } = exchange;
  const firstByteAtMs = payloadBytes > 0 ? exchange.firstByteAtMs : null;
  const firstEventAtMs = watch?.firstEventAtMs ?? null;
  return {
    id,
    method: req.method ?? '',
    path,
    route,
    rule: exchange.settings.name,
    target: exchange.targetOrigin,
    status,
    httpVersion: req.httpVersion,
    ...(headAtMs !== null && { headMs: since(headAtMs) }),
    ...(firstByteAtMs !== null && { firstByteMs: since(firstByteAtMs) }),
    ...(firstEventAtMs !== null && { firstEventMs: since(firstEventAtMs) }),
    pieces: exchange.transport?.pieces ?? 0,
    ...(watch?.sawAll(payloadBytes) && { events: watch.boundary.events }),
    payloadBytes,
    durationMs: since(performance.now()),
    ...(watch !== null && watch.hold !== null && { hold: watch.hold }),
  };
}
