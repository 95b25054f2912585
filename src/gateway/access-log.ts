import type { Logger } from 'pino';
import type { Exchange } from './exchange.ts';
import { ENDED_BY, type EndedBy, type ExchangeFacts, factsOf } from './exchange-facts.ts';
import type { EarlyHeadResult, Outcome } from './exchange-types.ts';
import type { Observation } from './upstream-meter.ts';

/** What is said of an exchange that is over. */
interface ExchangeLine extends ExchangeFacts {
  outcome?: Outcome;
  endedBy?: EndedBy;
  detail?: string;
  heartbeats?: number;
  earlyHead?: EarlyHeadResult;
  observed?: Observation;
}

/** One line for each exchange, when it is over. Queries are left out: they may hold secrets. */
export function logExchange(logger: Logger, exchange: Exchange): void {
  const { status, outcome, detail } = exchange;
  if (outcome === null) return;
  const isTrouble = outcome === 'upstream-broken' || (outcome === 'refused' && (status ?? 0) >= 500);
  // Health checks: one a second, with nothing to tell.
  const level = isTrouble ? 'warn' : outcome === 'answered' ? 'debug' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  const line: ExchangeLine = factsOf(exchange);
  line.outcome = outcome;
  line.endedBy = ENDED_BY[outcome];
  if (detail !== null) line.detail = detail;
  if (exchange.insertions !== null) line.heartbeats = exchange.insertions.heartbeats;
  if (exchange.earlyHead !== null) line.earlyHead = exchange.earlyHead;
  if (exchange.observed !== null) line.observed = exchange.observed();
  logger[level](line, 'exchange');
}
