import type { Exchange, Route } from './exchange.ts';
import { isClientStalled } from './metrics.ts';

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
  /** Address and port of the connection's other end: a proxy in front, where there is one. */
  client: string;
  /** Scheme and authority of the upstream. */
  upstream: string;
  /** `waiting`: no response head yet; `stalled`: the client reads too slowly, so the upstream is not read. */
  state: 'waiting' | 'flowing' | 'stalled';
  /** Of the answer; null while there is none. */
  status: number | null;
  startedAt: string;
  ageMs: number;
  /** Body bytes passed on. */
  bytes: number;
  /** Bytes written for the client that the system has not taken yet. */
  queuedBytes: number;
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
  const { id, req, socket, route, status, startedMs } = exchange;
  const { remoteAddress = '', remotePort = 0 } = socket;
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return {
    id,
    method: req.method ?? '',
    path: shownPath(exchange),
    route,
    client: address.includes(':') ? `[${address}]:${remotePort}` : `${address}:${remotePort}`,
    upstream: exchange.settings.upstream.origin,
    state: stateOf(exchange),
    status,
    startedAt: new Date(performance.timeOrigin + startedMs).toISOString(),
    ageMs: Math.round(performance.now() - startedMs),
    bytes: exchange.payloadBytes(),
    queuedBytes: socket.writableLength,
  };
}

function stateOf(exchange: Exchange): LiveStream['state'] {
  if (!exchange.headSent) return 'waiting';
  return isClientStalled(exchange) ? 'stalled' : 'flowing';
}

function shownPath({ path, req }: Exchange): string {
  const cut = path.length > MAX_PATH_CHARACTERS ? `${path.slice(0, MAX_PATH_CHARACTERS)}…` : path;
  return req.url?.includes('?') ? `${cut}?***` : cut;
}
