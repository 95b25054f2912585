import { buildConnector } from 'undici';
import { type ClientPool, createClientPool } from './client-pool.ts';
import type { Exchange } from './exchange.ts';
import { LIMITS } from './limits.ts';
import { OrdinaryExchange } from './ordinary-exchange.ts';
import type { ForwardRequest } from './request-head.ts';
import type { UpstreamTarget } from './upstreams/options.ts';

/** The pool of the ordinary way, and its end. */
export interface OrdinaryTransport {
  forward(exchange: Exchange, request: ForwardRequest): void;
  close(): Promise<void>;
}

/**
 * The way of everything that is not a declared stream route: undici's HTTP client on kept connections, as many as there
 * are answers to wait for, and without its time limit on bodies (300 s by default).
 */
export function createOrdinaryTransport(): OrdinaryTransport {
  const pools = new Map<UpstreamTarget, Map<number, ClientPool>>();
  const poolFor = (target: UpstreamTarget, connectTimeoutMs: number): ClientPool => {
    let ofTarget = pools.get(target);
    if (ofTarget === undefined) {
      ofTarget = new Map();
      pools.set(target, ofTarget);
    }
    let pool = ofTarget.get(connectTimeoutMs);
    if (pool === undefined) {
      pool = createPool(target, connectTimeoutMs);
      ofTarget.set(connectTimeoutMs, pool);
    }
    return pool;
  };
  return {
    forward(exchange, request) {
      const pool = poolFor(exchange.target, exchange.settings.connectTimeoutMs);
      new OrdinaryExchange(exchange, request).start(pool);
    },
    async close() {
      const all = [...pools.values()].flatMap((ofTarget) => [...ofTarget.values()]);
      await Promise.all(all.map((pool) => pool.close()));
    },
  };
}

function createPool(target: UpstreamTarget, connectTimeoutMs: number): ClientPool {
  const { origin, serverName, socketPath, secureContext } = target;
  const connector = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    ...(socketPath !== null && { socketPath }),
    ...(secureContext !== null && { secureContext }),
  });
  const connect: buildConnector.connector = (options, callback) =>
    connector({ ...options, servername: serverName }, callback);
  return createClientPool(origin, connect, {
    bodyTimeout: 0,
    maxHeaderSize: LIMITS.responseHeadBytes,
    allowH2: false,
  });
}
