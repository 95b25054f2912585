import type { Writable } from 'node:stream';
import { GatewayError } from './errors.ts';
import type { RouteSettings } from './routes.ts';
import { watchStream } from './stream-bounds.ts';

/** What is bounded, and how it is ended. */
interface BoundedExchange {
  readonly settings: Pick<RouteSettings, 'maxAgeMs' | 'idleTimeoutMs'>;
  readonly isSettled: boolean;
  readonly headSent: boolean;
  /** Bytes that have come from the upstream. */
  payloadBytes: () => number;
  readonly out: Writable;
  breakOff(outcome: TimeOutcome, detail: string): void;
  fail(error: unknown): void;
  abortUpstream: () => void;
}

type TimeOutcome = 'max-age' | 'idle-timeout';

/** Bounds the exchange's age from here on, where its route says so; returns what stops that, or null. */
export function boundAge(exchange: BoundedExchange): (() => void) | null {
  const { maxAgeMs } = exchange.settings;
  if (maxAgeMs === null) return null;
  const timer = setTimeout(() => endInTime(exchange, 'max-age', `older than ${maxAgeMs} ms`), maxAgeMs);
  return () => clearTimeout(timer);
}

/** Bounds the upstream's silence from here on, where the route says so; returns what stops that, or null. */
export function boundSilence(exchange: BoundedExchange): (() => void) | null {
  const { idleTimeoutMs } = exchange.settings;
  if (idleTimeoutMs === null) return null;
  const detail = `no byte from the upstream for ${idleTimeoutMs} ms`;
  return watchStream(exchange, idleTimeoutMs, () => endInTime(exchange, 'idle-timeout', detail));
}

function endInTime(exchange: BoundedExchange, outcome: TimeOutcome, detail: string): void {
  if (exchange.isSettled) return;
  if (exchange.headSent) exchange.breakOff(outcome, detail);
  else exchange.fail(new GatewayError('response-timeout', detail));
  exchange.abortUpstream();
}
