import { randomBytes } from 'node:crypto';
import type { HeaderList, PathExchange } from '../types.ts';
import type { RunClock } from './clock.ts';
import { originTime } from './clock-answer.ts';
import { clockUrl } from './clock-url.ts';
import { sideRequest } from './next-request.ts';
import type { ObserveOptions, ProbeTarget } from './targets.ts';
import type { Channel } from './wire/answer-sink.ts';
import { openChannel } from './wire/channel.ts';
import { dial } from './wire/dial.ts';
import { exchangeShortly } from './wire/short-answer.ts';

/** Exchanges per hop: the fastest counts, so one quiet moment of the path among them is enough. */
export const PATH_EXCHANGES = 5;
/** A long stream's clock is asked again so often while it runs, with so many exchanges: clocks drift, and are set. */
export const ROUND_EVERY_MS = 30_000;
const ROUND_EXCHANGES = 2;
const EXCHANGE_TIMEOUT_MS = 2_000;
const MOST_ANSWER_BYTES = 4_096;

/** What the short exchanges showed. */
export interface PathMeasurement {
  exchanges: PathExchange[];
  headers: HeaderList;
}

/**
 * Asks, a few times on one connection, for a short answer with `Content-Length` through the same hop, over the same protocol: what
 * the path itself takes, and the offset between the origin's clock and ours. A hop that holds streams still lets a
 * complete answer go. An answer from something other than an unclog origin still tells the round trip.
 *
 * @param streamUrl where the stream came from: behind redirects, the last of them
 */
export async function measurePath(
  target: ProbeTarget,
  streamUrl: string,
  options: ObserveOptions,
  clock: RunClock,
  signal: AbortSignal,
  count = PATH_EXCHANGES,
): Promise<PathMeasurement> {
  const url = clockUrl(streamUrl);
  const exchanges: PathExchange[] = [];
  let headers: HeaderList = [];
  let channel: Channel | null = null;
  try {
    // The first exchange also pays for the connection: it warms the path and is not counted.
    for (let i = 0; i <= count && !signal.aborted; i += 1) {
      const fresh: boolean = channel?.usable !== true;
      if (channel === null || fresh) {
        channel?.close();
        channel = await connect(url, target, options, clock, signal);
      }
      let answer = await exchangeOnce(channel, url, target, clock, signal);
      if (answer === null && !fresh && !signal.aborted) {
        // Some hops close after each answer without saying so in it.
        channel.close();
        channel = await connect(url, target, options, clock, signal);
        answer = await exchangeOnce(channel, url, target, clock, signal);
      }
      if (answer === null) break;
      headers = answer.headers;
      if (i > 0) exchanges.push(answer.measured);
    }
  } catch {
    // The stream's own observation tells why nothing can be reached.
  } finally {
    channel?.close();
  }
  return { exchanges, headers };
}

/** How many short requests go to each hop, at most, beside the stream. */
export function mostShortRequests(durationMs: number): number {
  return PATH_EXCHANGES + 1 + Math.floor(durationMs / ROUND_EVERY_MS) * (ROUND_EXCHANGES + 1);
}

/**
 * Asks the origin's clock from time to time until `stop` is called; gives up when none answers.
 *
 * @returns what was measured so far
 */
export function measureMeanwhile(
  target: ProbeTarget,
  streamUrl: string,
  options: ObserveOptions,
  clock: RunClock,
  signal: AbortSignal,
): { stop(): Promise<PathExchange[]> } {
  const exchanges: PathExchange[] = [];
  let current: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    current = measurePath(target, streamUrl, options, clock, signal, ROUND_EXCHANGES).then((path) => {
      exchanges.push(...path.exchanges);
      if (!path.exchanges.some((exchange) => exchange.originEpochMs !== null)) clearInterval(timer);
    });
  }, ROUND_EVERY_MS);
  const stop = async (): Promise<PathExchange[]> => {
    clearInterval(timer);
    await current;
    return exchanges;
  };
  return { stop };
}

async function connect(
  url: URL,
  target: ProbeTarget,
  options: ObserveOptions,
  clock: RunClock,
  signal: AbortSignal,
): Promise<Channel> {
  const { certificate } = sideRequest(url, target);
  const listener = { onPhase: () => {}, onMark: () => {}, onProxy: () => {} };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(EXCHANGE_TIMEOUT_MS)]);
  return openChannel(await dial(url, certificate, options, clock, listener, limit), clock);
}

interface Answer {
  measured: PathExchange;
  headers: HeaderList;
}

async function exchangeOnce(
  channel: Channel,
  url: URL,
  target: ProbeTarget,
  clock: RunClock,
  signal: AbortSignal,
): Promise<Answer | null> {
  let sentAtMs = clock.nowMs();
  const answer = await exchangeShortly(channel, sideRequest(neverAsked(url), target), {
    signal: AbortSignal.any([signal, AbortSignal.timeout(EXCHANGE_TIMEOUT_MS)]),
    mostBytes: MOST_ANSWER_BYTES,
    onSent: (atMs) => {
      sentAtMs = atMs;
    },
  });
  if (answer === null) return null;
  const { status, headers, atMs } = answer.head;
  const originEpochMs = originTime(status, answer.body.toString('latin1'));
  return { measured: { sentAtMs, receivedAtMs: atMs, status, originEpochMs }, headers };
}

/** With a query that nobody used before: an answer out of a cache would tell an old time. */
function neverAsked(url: URL): URL {
  const unique = new URL(url);
  unique.searchParams.set('once', randomBytes(6).toString('hex'));
  return unique;
}
