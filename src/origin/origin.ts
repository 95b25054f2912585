import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { formatAddress, type ListenAddress, listen } from '../http/listen.ts';
import { type NO_COMPARISON, readCompareOrigin, readPageOrigin } from './check-page.ts';
import { nameClient } from './client-address.ts';
import { createOriginHandler } from './handler.ts';
import type { SteadyStreamOptions } from './steady-stream.ts';
import { createStreamLedger, type OriginLogger, type StreamEnd, type StreamStart } from './stream-ledger.ts';

export type { OriginLogger, StreamEnd } from './stream-ledger.ts';

/** All optional. The steady stream (`/stream`) is what most of them are about. */
export interface OriginOptions extends Partial<SteadyStreamOptions> {
  /** Default 127.0.0.1:8000; port 0 lets the system pick one. */
  listen?: ListenAddress;
  /** From one event to the next; at least 1. Default 500. */
  intervalMs?: number;
  /** From the response head to the first event. Default: `intervalMs`. */
  firstDelayMs?: number;
  /** Each connection's stream ends after so many events; null: never. Default null. */
  events?: number | null;
  /** Bytes of each event's `data`, reached by padding; null: no padding. Default null. */
  eventBytes?: number | null;
  /** What the padding is made of: `random` hardly compresses, `repeated` to almost nothing. Default `random`. */
  fill?: 'random' | 'repeated';
  /** Send a delivery's stages instead of bare stamps, and end with the last. Default false. */
  story?: boolean;
  /** Send `X-Accel-Buffering: no`, `Incremental: ?1` and `no-transform`. Default false. */
  optOuts?: boolean;
  /** `close`: the answer ends by closing the connection, even for HTTP/1.1 clients. Default `auto`. */
  framing?: 'auto' | 'close';
  /** Base address of a second origin that the check page compares with, e.g. `https://direct.example.com/`. Default null. */
  compareOrigin?: string | null;
  /** Origins of pages that may measure against this origin from elsewhere, e.g. `https://app.example.com`. Default none. */
  allowOrigin?: readonly string[];
  /** Requests come from a gateway that names its clients in `X-Forwarded-For`. Default false. */
  isBehindGateway?: boolean;
  /** Told when a stream opens and ends. Default: nobody. */
  logger?: OriginLogger | null;
}

/** An origin that is listening. */
export interface RunningOrigin {
  /** `http://127.0.0.1:8000`, without a slash at the end. */
  url: string;
  address: ListenAddress;
  openStreams(): number;
  /** Calls back for each stream that opens; returns the way to unsubscribe. */
  onStreamStart(listener: (start: StreamStart) => void): () => void;
  /** Calls back for each stream that ends, with the reason and the number of events; returns the way to unsubscribe. */
  onStreamEnd(listener: (end: StreamEnd) => void): () => void;
  /** Ends all streams, breaks off what is still open a second later, and frees the port. */
  close(): Promise<void>;
}

/** How long clients have to take what was written to them before their connections are broken off. */
const CLOSE_GRACE_MS = 1_000;
/** A dead peer (no FIN, no RST) is found by TCP's own probes, which start after this silence. */
const KEEP_ALIVE_PROBE_MS = 10_000;

/**
 * Starts the reference event source: stamped events, the clock, experiment streams and lockstep.
 * @throws ListenError when the address cannot be listened on
 * @throws RangeError when an option is out of range
 */
export async function createOrigin(options: OriginOptions = {}): Promise<RunningOrigin> {
  const steady = withDefaults(options);
  const ledger = createStreamLedger(options.logger ?? null);
  const handler = createOriginHandler(steady, ledger, readCheckPage(options));
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS },
    (request: IncomingMessage, response: ServerResponse) => {
      if (options.isBehindGateway === true) nameClient(request);
      handler(request, response);
    },
  );
  const address = await listen(server, options.listen ?? { host: '127.0.0.1', port: 8_000 });
  let closed: Promise<void> | null = null;

  return {
    url: `http://${formatAddress(address)}`,
    address,
    openStreams: () => ledger.count(),
    onStreamStart: ledger.onStart,
    onStreamEnd: ledger.onEnd,
    close() {
      closed ??= new Promise((resolve) => {
        const breakOff = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
        server.close(() => {
          clearTimeout(breakOff);
          resolve();
        });
        ledger.stopAll();
      });
      return closed;
    },
  };
}

function readCheckPage({ compareOrigin, allowOrigin = [] }: OriginOptions): typeof NO_COMPARISON {
  return {
    compareOrigin: compareOrigin == null ? null : readCompareOrigin(compareOrigin),
    allowOrigin: allowOrigin.map(readPageOrigin),
  };
}

function withDefaults(options: OriginOptions): SteadyStreamOptions {
  const intervalMs = options.intervalMs ?? 500;
  const steady: SteadyStreamOptions = {
    intervalMs,
    firstDelayMs: options.firstDelayMs ?? intervalMs,
    events: options.events ?? null,
    eventBytes: options.eventBytes ?? null,
    fill: options.fill ?? 'random',
    story: options.story ?? false,
    optOuts: options.optOuts ?? false,
    framing: options.framing ?? 'auto',
  };
  const atLeast = (name: 'intervalMs' | 'firstDelayMs' | 'events' | 'eventBytes', least: number) => {
    const value = steady[name];
    if (value !== null && !(value >= least && Number.isFinite(value)))
      throw new RangeError(`${name} is ${value}, expected at least ${least}`);
  };
  atLeast('intervalMs', 1);
  atLeast('firstDelayMs', 0);
  atLeast('events', 1);
  atLeast('eventBytes', 0);
  return steady;
}
