import { setTimeout as sleep } from 'node:timers/promises';
import type { HeaderList } from '../../types.ts';
import type { RunClock } from '../clock.ts';
import { firstRequest } from '../next-request.ts';
import type { ObserveOptions, ProbeTarget } from '../targets.ts';
import type { Channel } from '../wire/answer-sink.ts';
import { openChannel } from '../wire/channel.ts';
import { dial } from '../wire/dial.ts';
import { exchangeShortly } from '../wire/short-answer.ts';
import { createSlots } from './slots.ts';

const TIMEOUT_MS = 10_000;
/** What the origin saw of a few requests fits in many times over. */
const MOST_ANSWER_BYTES = 4 * 1_048_576;
const CONNECTIONS = 6;

/** The user's own fields that say something about a stream or a body: these requests have their own. */
const ABOUT_STREAMS: ReadonlySet<string> = new Set([
  ...['accept', 'accept-encoding', 'last-event-id'],
  ...['content-type', 'content-length', 'content-encoding', 'transfer-encoding'],
]);
const ASKED: HeaderList = [
  ['Accept', 'application/json'],
  ['Accept-Encoding', 'identity'],
];

/** A short exchange with the origin, through the hop. */
export interface SmallRequest {
  url: string;
  method?: string;
  headers?: HeaderList;
  /** Sent one after the other with a pause of `pauseMs` in between; `Content-Length` announces the whole. */
  pieces?: Buffer[];
  pauseMs?: number;
}

/** Null where no complete answer came. */
export type SmallAnswer = { status: number; body: unknown; sentAtMs: number[] } | null;

/** Sends short requests through a hop over connections of their own, which are kept for the next ones. */
export interface SmallRequests {
  send(request: SmallRequest): Promise<SmallAnswer>;
  close(): void;
}

/** The requests take the way of the streams: the same proxy, addresses, TLS, HTTP version and credentials. */
export function createSmallRequests(
  target: ProbeTarget,
  settings: ObserveOptions,
  clock: RunClock,
  signal: AbortSignal,
): SmallRequests {
  const slots = createSlots(CONNECTIONS);
  const idle: Channel[] = [];
  const listener = { onPhase: () => {}, onMark: () => {}, onProxy: () => {} };

  function take(): Channel | null {
    for (let known = idle.pop(); known !== undefined; known = idle.pop()) {
      if (known.usable) return known;
      known.close();
    }
    return null;
  }

  async function exchange(request: SmallRequest, kept: Channel | null): Promise<SmallAnswer> {
    const { certificate, ...wire } = planned(target, settings, request);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const channel =
      kept ?? openChannel(await dial(wire.url, certificate, settings, clock, listener, limit), clock);
    try {
      const answer = exchangeShortly(channel, wire, { signal: limit, mostBytes: MOST_ANSWER_BYTES });
      const sentAtMs = await sendPieces(channel, request, clock, limit);
      const read = await answer;
      return read === null ? null : { status: read.head.status, body: parse(read.body), sentAtMs };
    } finally {
      if (channel.usable && !signal.aborted) idle.push(channel);
      else channel.close();
    }
  }

  async function send(request: SmallRequest): Promise<SmallAnswer> {
    // A body in pieces is not sent twice: it takes no connection that may be about to close.
    const kept = request.pieces === undefined ? take() : null;
    const answer = kept === null ? null : await exchange(request, kept);
    return answer === null && !signal.aborted ? exchange(request, null) : answer;
  }

  return {
    // What stands in the way shows in the streams' own observations.
    send: (request) => slots.run(() => send(request).catch(() => null)),
    close: () => {
      for (const channel of idle.splice(0)) channel.close();
    },
  };
}

function planned(target: ProbeTarget, settings: ObserveOptions, request: SmallRequest) {
  const { url, method = 'GET', headers = [], pieces = [] } = request;
  const own = (target.headers ?? []).filter(([name]) => !ABOUT_STREAMS.has(name.toLowerCase()));
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const counted: HeaderList = pieces.length > 1 ? [['Content-Length', String(bytes)]] : [];
  const plan = firstRequest(
    { ...target, url, headers: [...own, ...ASKED, ...headers, ...counted] },
    { ...settings, method, body: pieces[0] ?? null },
  );
  return { ...plan, unfinished: pieces.length > 1 };
}

/** The first piece goes with the head. */
async function sendPieces(
  channel: Channel,
  { pieces = [], pauseMs = 0 }: SmallRequest,
  clock: RunClock,
  signal: AbortSignal,
): Promise<number[]> {
  const sentAtMs = pieces.length === 0 ? [] : [clock.nowMs()];
  for (const [i, piece] of pieces.entries()) {
    if (i === 0) continue;
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    sentAtMs.push(clock.nowMs());
    channel.more(piece, i === pieces.length - 1);
  }
  return sentAtMs;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
