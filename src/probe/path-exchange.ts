import http from 'node:http';
import https from 'node:https';
import { fromRawHeaders } from '../http/header-list.ts';
import type { HeaderList, PathExchange } from '../types.ts';
import type { RunClock } from './clock.ts';
import { clockUrl, isCredential, type ObserveOptions, type ProbeTarget } from './targets.ts';

/** Exchanges per hop: the fastest counts, so one quiet moment of the path among them is enough. */
export const PATH_EXCHANGES = 5;
const EXCHANGE_TIMEOUT_MS = 2_000;
const MOST_ANSWER_BYTES = 4_096;

/** What the short exchanges showed. */
export interface PathMeasurement {
  exchanges: PathExchange[];
  headers: HeaderList;
}

/**
 * Asks, a few times on one connection, for a short answer with `Content-Length` through the same hop: what the path
 * itself takes, and the offset between the origin's clock and ours. A hop that holds streams still lets a
 * complete answer go. An answer from something other than an unclog origin still tells the round trip.
 */
export async function measurePath(
  target: ProbeTarget,
  options: ObserveOptions,
  clock: RunClock,
  signal: AbortSignal,
): Promise<PathMeasurement> {
  const url = clockUrl(target.url);
  const transport = url.protocol === 'https:' ? https : http;
  const agent = new transport.Agent({ keepAlive: true, maxSockets: 1 });
  const exchanges: PathExchange[] = [];
  let headers: HeaderList = [];
  try {
    // The first exchange also pays for the connection: it warms the path and is not counted.
    for (let i = 0; i <= PATH_EXCHANGES; i += 1) {
      const exchange = await exchangeOnce(url, agent, target, options, clock, signal);
      if (exchange === null) break;
      headers = exchange.headers;
      if (i > 0) exchanges.push(exchange.measured);
    }
  } finally {
    agent.destroy();
  }
  return { exchanges, headers };
}

function exchangeOnce(
  url: URL,
  agent: http.Agent,
  target: ProbeTarget,
  options: ObserveOptions,
  clock: RunClock,
  signal: AbortSignal,
): Promise<{ measured: PathExchange; headers: HeaderList } | null> {
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? https : http).get(url, {
      agent,
      headers: Object.fromEntries(
        (target.headers ?? []).filter(([name]) => isCredential(name) || name.toLowerCase() === 'host'),
      ),
      rejectUnauthorized: options.verifyTls,
      ...(options.ca === null ? {} : { ca: options.ca }),
      timeout: EXCHANGE_TIMEOUT_MS,
      signal,
    });
    const giveUp = setTimeout(() => request.destroy(), EXCHANGE_TIMEOUT_MS);
    let headers: HeaderList = [];
    const finish = (measured: PathExchange | null): void => {
      clearTimeout(giveUp);
      resolve(measured === null ? null : { measured, headers });
    };
    let sentAtMs = clock.nowMs();
    request.once('finish', () => {
      sentAtMs = clock.nowMs();
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => finish(null));
    request.once('response', (response) => {
      const receivedAtMs = clock.nowMs();
      headers = fromRawHeaders(response.rawHeaders);
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > MOST_ANSWER_BYTES) request.destroy();
      });
      response.once('error', () => finish(null));
      response.once('close', () => finish(null));
      response.once('end', () => {
        const status = response.statusCode ?? 0;
        finish({ sentAtMs, receivedAtMs, status, originEpochMs: originTime(status, body) });
      });
    });
  });
}

function originTime(status: number, body: string): number | null {
  if (status !== 200) return null;
  try {
    const answer: unknown = JSON.parse(body);
    const sentAt = (answer as { sentAt?: unknown } | null)?.sentAt;
    return typeof sentAt === 'number' && Number.isFinite(sentAt) ? sentAt : null;
  } catch {
    return null;
  }
}
