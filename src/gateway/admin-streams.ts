import type { ClientConnection } from './client-side.ts';
import type { Exchange } from './exchange.ts';
import { factsOf } from './exchange-facts.ts';
import type { Route } from './exchange-types.ts';
import { isClientStalled } from './metrics.ts';
import type { HoldKind } from './stream-watch.ts';
import type { Observation } from './upstream-meter.ts';

/** One stream under way, as `/streams` shows it: no query, no field, no byte of a body. */
export interface LiveStream {
  /** The same as in the log. */
  id: number;
  /** Of the worker that has it, where there are several: ids are a worker's own. */
  pid?: number;
  method: string;
  /** As sent, cut at 256 characters; a query is shown as `?***`. */
  path: string;
  route: Route;
  /** Name of the rule that took it. */
  rule: string;
  /** Address and port of the connection's other end: a proxy in front, where there is one. On a unix socket `unix`. */
  client: string;
  /** Scheme and authority of the target; empty while there is none yet. */
  upstream: string;
  /** `waiting`: no response head of the upstream yet; `stalled`: the client reads too slowly, so the upstream is not read. */
  state: 'waiting' | 'flowing' | 'stalled';
  /** Of the answer; null while there is none. */
  status: number | null;
  startedAt: string;
  ageMs: number;
  /** From the request to the response head, passed on; null while there is none. */
  headMs: number | null;
  /** From the request to the first whole event, or line; null while there is none. */
  firstEventMs: number | null;
  /** Chunks passed on; of a body that comes without chunks, pieces as they were read. */
  pieces: number;
  /** Events, or lines, passed on; null where not all of the stream was looked into. */
  events: number | null;
  /** Body bytes passed on. */
  bytes: number;
  /** Bytes written for the client that the system has not taken yet. */
  queuedBytes: number;
  /** Heartbeats put in; only where the gateway puts lines in. */
  heartbeats?: number;
  /** Only in observe mode, once the answer is known to be a stream. */
  observed?: Observation;
  /** How the stream is held before it gets to the gateway; null where nothing shows that it is. */
  hold: HoldKind | null;
}

/** The answer of `/streams`, the oldest stream first. */
export interface LiveStreams {
  total: number;
  /** At most {@link MAX_LISTED}. */
  streams: LiveStream[];
}

/** Writing the list takes the time of the event loop that streams need: a few milliseconds for this many. */
export const MAX_LISTED = 1_000;

const MAX_PATH_CHARACTERS = 256;

/**
 * What streams: requests on stream routes from their arrival on, upgraded connections, and stream answers on other
 * routes.
 */
export function listStreams(open: Iterable<Exchange>): LiveStreams {
  const streams: LiveStream[] = [];
  let total = 0;
  for (const exchange of open) {
    if (exchange.route === 'ordinary' && !exchange.isStream) continue;
    total++;
    if (streams.length < MAX_LISTED) streams.push(describe(exchange));
  }
  return { total, streams };
}

function describe(exchange: Exchange): LiveStream {
  const { id, req, route, status, startedMs } = exchange;
  const { headMs, firstEventMs, pieces, events, payloadBytes, hold } = factsOf(exchange);
  return {
    id,
    method: req.method ?? '',
    path: shownPath(exchange),
    route,
    rule: exchange.settings.name,
    client: shownClient(exchange.connection),
    upstream: exchange.targetOrigin,
    state: stateOf(exchange),
    status,
    startedAt: new Date(performance.timeOrigin + startedMs).toISOString(),
    ageMs: Math.round(performance.now() - startedMs),
    headMs: headMs ?? null,
    firstEventMs: firstEventMs ?? null,
    pieces,
    events: events ?? null,
    bytes: payloadBytes,
    queuedBytes: exchange.out.writableLength,
    ...(exchange.insertions !== null && { heartbeats: exchange.insertions.heartbeats }),
    ...(exchange.observed !== null && { observed: exchange.observed() }),
    hold: hold ?? null,
  };
}

function shownClient({ remoteAddress, remotePort }: ClientConnection): string {
  if (remoteAddress === undefined) return 'unix';
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return address.includes(':') ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
}

function stateOf(exchange: Exchange): LiveStream['state'] {
  if (!exchange.headSent || exchange.earlyHead === 'unanswered') return 'waiting';
  return isClientStalled(exchange) ? 'stalled' : 'flowing';
}

function shownPath({ path, req }: Exchange): string {
  const cut = path.length > MAX_PATH_CHARACTERS ? `${path.slice(0, MAX_PATH_CHARACTERS)}…` : path;
  return req.url?.includes('?') ? `${cut}?***` : cut;
}
