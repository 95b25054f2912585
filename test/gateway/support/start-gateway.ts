import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createGateway, type GatewayOptions, type RunningGateway } from '../../../src/gateway/gateway.ts';
import type { Observation } from '../../../src/gateway/upstream-meter.ts';
import { connectPeer, type RawPeer, type ScriptedUpstream, startUpstream } from './raw-peer.ts';

/** One line of the gateway's log. */
export interface LogLine {
  msg: string;
  outcome?: string;
  detail?: string;
  status?: number | null;
  path?: string;
  route?: string;
  payloadBytes?: number;
  heartbeats?: number;
  earlyHead?: string;
  observed?: Observation;
  durationMs?: number;
}

export interface GatewayUnderTest {
  running: RunningGateway;
  address: RunningGateway['address'];
  log: LogLine[];
  /** The first logged exchange, once it is over. */
  exchange(): Promise<LogLine>;
}

/** A gateway on a free port, closed at the end of the test. Null: the options say where requests go. */
export async function startGateway(
  upstream: string | null,
  options: Partial<GatewayOptions> = {},
): Promise<GatewayUnderTest> {
  const log: LogLine[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const gateway = await createGateway({
    ...(upstream !== null && { upstream }),
    ...(options.listeners === undefined && { listen: { host: '127.0.0.1', port: 0 } }),
    drainTimeoutMs: 10,
    logger,
    ...options,
  });
  onTestFinished(() => gateway.close());
  const exchange = async () => {
    const until = performance.now() + 10_000;
    for (;;) {
      const found = log.find((line) => line.msg === 'exchange');
      if (found !== undefined) return found;
      if (performance.now() > until) throw new Error(`no exchange was logged: ${JSON.stringify(log)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return { running: gateway, address: gateway.address, log, exchange };
}

export interface Path {
  upstream: ScriptedUpstream;
  gateway: GatewayUnderTest;
}

/** A scripted upstream with a gateway in front. */
export async function startPath(options: Partial<GatewayOptions> = {}): Promise<Path> {
  const upstream = await startUpstream();
  return { upstream, gateway: await startGateway(upstream.url, options) };
}

/** A request on its way: the client's side and the upstream's, the request's head arrived there. */
export interface Exchange extends Path {
  client: RawPeer;
  origin: RawPeer;
}

export async function startExchange(
  request = 'GET /stream HTTP/1.1\r\nHost: example.test\r\n\r\n',
  options: Partial<GatewayOptions> = {},
): Promise<Exchange> {
  const path = await startPath(options);
  const client = await connectPeer(path.gateway.address.port);
  client.write(request);
  const origin = await path.upstream.next();
  await origin.until('\r\n\r\n');
  return { ...path, client, origin };
}

/** Response heads of streams as origins send them. */
export const CHUNKED_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
export const CLOSE_HEAD = 'HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';

export function chunk(payload: string): string {
  return `${payload.length.toString(16)}\r\n${payload}\r\n`;
}
