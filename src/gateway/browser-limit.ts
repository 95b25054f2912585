import type { Logger } from 'pino';
import type { Exchange } from './exchange.ts';

/**
 * Connections that browsers open to one origin over HTTP/1.1, in all tabs together. Source:
 * https://developer.mozilla.org/en-US/docs/Web/API/EventSource (the warning at its beginning).
 */
const BROWSER_CONNECTIONS = 6;
/** A browser that has this many stays at them; a crowd behind one address does not for long. */
const STILL_MS = 1_000;
/** How often it is said of all together: it is the same sentence each time. */
const REPEAT_MS = 600_000;

/** Says in the log why a browser's next stream does not come. */
export interface BrowserLimit {
  opened(exchange: Exchange): void;
  settled(exchange: Exchange): void;
}

/** Counts the streams of each browser over HTTP/1.1, told apart by address, host and name. `logger` is the one in force. */
export function watchBrowserLimit(logger: () => Logger): BrowserLimit {
  const counts = new Map<string, number>();
  const keys = new WeakMap<Exchange, string>();
  let saidAtMs = Number.NEGATIVE_INFINITY;

  const say = (key: string, { path, connection }: Exchange): void => {
    const isRecent = performance.now() - saidAtMs < REPEAT_MS;
    if (isRecent || counts.get(key) !== BROWSER_CONNECTIONS) return;
    saidAtMs = performance.now();
    logger().warn(
      { client: connection.remoteAddress, path, streams: BROWSER_CONNECTIONS },
      'a browser has as many streams open as it opens over HTTP/1.1; the next one waits in the browser. Over HTTP/2 it would not: see --tls-cert',
    );
  };
  return {
    opened(exchange) {
      const key = keyOf(exchange);
      if (key === null) return;
      keys.set(exchange, key);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count === BROWSER_CONNECTIONS) setTimeout(() => say(key, exchange), STILL_MS).unref();
    },
    settled(exchange) {
      const key = keys.get(exchange);
      if (key === undefined) return;
      const count = (counts.get(key) ?? 1) - 1;
      if (count === 0) counts.delete(key);
      else counts.set(key, count);
    },
  };
}

/** Null for what is no browser's stream, or not over HTTP/1.1. */
function keyOf({ req, connection, route }: Exchange): string | null {
  if (route !== 'stream' || req.httpVersion !== '1.1') return null;
  const agent = rawValue(req.rawHeaders, 'user-agent');
  if (!agent.startsWith('Mozilla/')) return null;
  return [connection.remoteAddress, rawValue(req.rawHeaders, 'host'), agent].join(' ');
}

/** Once for each stream: makes no list. */
function rawValue(raw: readonly string[], name: string): string {
  for (let i = 0; i + 1 < raw.length; i += 2)
    if (raw[i]?.length === name.length && raw[i]?.toLowerCase() === name) return raw[i + 1] as string;
  return '';
}
