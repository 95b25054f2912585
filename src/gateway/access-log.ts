import type { Logger } from 'pino';
import type { Exchange } from './exchange.ts';

/** One line for each exchange, when it is over. Queries are left out: they may hold secrets. */
export function logExchange(logger: Logger, exchange: Exchange): void {
  const { id, req, route, path, status, outcome, detail } = exchange;
  const isTrouble = outcome === 'upstream-broken' || (outcome === 'refused' && (status ?? 0) >= 500);
  // Health checks: one a second, with nothing to tell.
  const level = isTrouble ? 'warn' : outcome === 'answered' ? 'debug' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  const line = {
    id,
    method: req.method,
    path,
    route,
    status,
    outcome,
    ...(detail !== null && { detail }),
    httpVersion: req.httpVersion,
    payloadBytes: exchange.payloadBytes(),
    durationMs: Math.round((performance.now() - exchange.startedMs) * 10) / 10,
  };
  logger[level](line, 'exchange');
}
