import type { Logger } from 'pino';
import type { Exchange } from './exchange.ts';
import { ENDED_BY, factsOf } from './exchange-facts.ts';

/** One line for each exchange, when it is over. Queries are left out: they may hold secrets. */
export function logExchange(logger: Logger, exchange: Exchange): void {
  const { status, outcome, detail } = exchange;
  if (outcome === null) return;
  const isTrouble = outcome === 'upstream-broken' || (outcome === 'refused' && (status ?? 0) >= 500);
  // Health checks: one a second, with nothing to tell.
  const level = isTrouble ? 'warn' : outcome === 'answered' ? 'debug' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  const line = {
    ...factsOf(exchange),
    outcome,
    endedBy: ENDED_BY[outcome],
    ...(detail !== null && { detail }),
    ...(exchange.insertions !== null && { heartbeats: exchange.insertions.heartbeats }),
    ...(exchange.earlyHead !== null && { earlyHead: exchange.earlyHead }),
    ...(exchange.observed !== null && { observed: exchange.observed() }),
  };
  logger[level](line, 'exchange');
}
