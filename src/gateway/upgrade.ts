import { type ClientRequest, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import httpProxy from 'http-proxy';
import { fromRawHeaders, headerTokens } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { breakOff } from './break-off.ts';
import { GatewayError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { type ForwardRequest, hostFor } from './request-head.ts';
import { clientHeaders, without } from './response-head.ts';
import { framingOf } from './upstream-head.ts';
import type { UpstreamTarget } from './upstreams/options.ts';

/** A request for an upgrade as Node announces it. */
export interface UpgradeRequest {
  req: IncomingMessage;
  socket: Socket;
  /** Bytes that came behind its head. */
  first: Buffer;
}

/** Carries websockets. */
export type UpgradeTransport = (exchange: Exchange, request: ForwardRequest, upgrade: UpgradeRequest) => void;

/**
 * Is this upgrade one that is forwarded? Only a bodyless `GET` to `websocket` is (RFC 6455 section 4.1); anything else,
 * `h2c` above all, would be a tunnel past every check of this gateway.
 */
export function isWebSocket(req: IncomingMessage): boolean {
  const protocols = headerTokens(fromRawHeaders(req.rawHeaders), 'upgrade');
  const bodyless =
    req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined;
  return req.method === 'GET' && protocols.length === 1 && protocols[0] === 'websocket' && bodyless;
}

/**
 * Serves a request with an `Upgrade` that is not forwarded as the ordinary request it also is (RFC 9110 section 7.8).
 * Node has let go of the connection by then: it gets it back with the request's head, less that field, in front.
 */
export function serveWithoutUpgrade(
  server: Server,
  req: IncomingMessage,
  socket: Socket,
  first: Buffer,
): void {
  const fields = fromRawHeaders(req.rawHeaders).filter(([name]) => name.toLowerCase() !== 'upgrade');
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `${req.method} ${req.url} HTTP/${req.httpVersion}\r\n${lines}\r\n`;
  socket.unshift(Buffer.concat([Buffer.from(head, 'latin1'), first]));
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
}

export function createUpgradeTransport(): UpgradeTransport {
  const proxy = httpProxy.createProxyServer({ ws: true, xfwd: false });
  // The library's events name the client's request; these lead from there to its exchange.
  const exchanges = new WeakMap<object, { exchange: Exchange; upgrade: UpgradeRequest }>();
  proxy.on('proxyReqWs', (outgoing: ClientRequest, req: object) => {
    const known = exchanges.get(req);
    if (known === undefined) return;
    // The library has run it through `new URL()`; the head is not written yet.
    outgoing.path = known.upgrade.req.url ?? '/';
    watch(known.exchange, known.upgrade, outgoing);
  });
  proxy.on('error', () => {});
  return (exchange, request, upgrade) => {
    const { req, socket, first } = upgrade;
    // RFC 6455 section 4.1: nothing before the 101. Bytes that wait here unread would hide that the client leaves.
    if (first.length > 0) throw new GatewayError('bad-request', 'bytes behind an upgrade');
    exchanges.set(req, { exchange, upgrade });
    const { target, settings } = exchange;
    req.url = target.basePath + request.target;
    req.headers = headersOf(request, hostFor(request, settings.upstream, target));
    proxy.ws(req, socket, first, addressOf(target), (error: unknown) => exchange.fail(error));
  };
}

/** As the library takes it. */
function addressOf({ origin, serverName, socketPath, secureContext }: UpstreamTarget) {
  return {
    target: socketPath === null ? origin : { host: 'localhost', port: 80, socketPath },
    ssl: { servername: serverName, ...(secureContext !== null && { secureContext }) },
  };
}

/** What the library leaves out: a client that goes early, an upstream that hangs or breaks off, and time limits. */
function watch(exchange: Exchange, upgrade: UpgradeRequest, outgoing: ClientRequest): void {
  const { connectTimeoutMs, headTimeoutMs } = exchange.settings;
  let isConnected = false;
  let isGivenUp = false;
  const failed = (error: unknown): void => {
    if (isGivenUp) return;
    clearTimeout(late);
    if (isConnected) {
      exchange.fail(error);
      return;
    }
    isGivenUp = true;
    outgoing.destroy();
    exchange.connectFailed(error);
  };
  let late = setTimeout(() => failed(new GatewayError('connection-timeout')), connectTimeoutMs);
  outgoing.once('socket', (upstream: Socket) => {
    upstream.once(upstream instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      if (isGivenUp) return;
      isConnected = true;
      exchange.connected();
      clearTimeout(late);
      late = setTimeout(() => failed(new GatewayError('response-timeout')), headTimeoutMs);
    });
  });
  exchange.abortUpstream = () => {
    clearTimeout(late);
    outgoing.destroy();
  };
  outgoing.once('close', () => clearTimeout(late));
  outgoing.once('upgrade', (res: IncomingMessage, upstream: Socket, first: Buffer) => {
    clearTimeout(late);
    exchange.status = 101;
    exchange.answered(101, []);
    const headBytes = upstream.bytesRead - first.length;
    exchange.payloadBytes = () => upstream.bytesRead - headBytes;
    exchange.abortUpstream = () => upstream.destroy();
    exchange.watchIdle();
    if (res.headers.upgrade?.toLowerCase() !== 'websocket') {
      upstream.destroy();
      exchange.breakOff('upstream-broken', 'switched to another protocol than asked');
      return;
    }
    upstream.once('close', () => exchange.settle('upgraded'));
    upgrade.socket.once('close', () => upstream.destroy());
  });
  // The library's own way with a declined upgrade frames a body where none may be, and its way with an error closes the
  // client's connection, which another target may still serve: ours take their place, once the library has set up its own.
  process.nextTick(() => {
    outgoing.removeAllListeners('error').on('error', failed);
    outgoing.removeAllListeners('response');
    outgoing.once('response', (answer: IncomingMessage) => {
      clearTimeout(late);
      declined(exchange, upgrade, answer);
    });
  });
}

/** An answer in place of a tunnel: passed on as such, and the connection ends with it. */
function declined(exchange: Exchange, { req, socket }: UpgradeRequest, answer: IncomingMessage): void {
  if (exchange.isSettled) return;
  const { statusCode: status = 0, statusMessage: reason = '' } = answer;
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  if (exchange.isHttp10) res.useChunkedEncodingByDefault = false;
  try {
    const received = fromRawHeaders(answer.rawHeaders);
    // Node reads some framings that two readers can take in two ways.
    framingOf(
      { status, reason, minor: answer.httpVersionMinor === 0 ? 0 : 1, headers: received },
      req.method ?? 'GET',
    );
    const headers = clientHeaders({ status, headers: received }, false);
    const isBodyless = status === 204 || status === 304;
    res.writeHead(
      status,
      reason,
      without(headers, isBodyless ? ['trailer', 'content-length'] : ['trailer']).flat(),
    );
    res.assignSocket(socket);
  } catch (error) {
    const known = error instanceof GatewayError;
    exchange.fail(known ? error : new GatewayError('response-malformed', (error as Error).message));
    answer.destroy();
    return;
  }
  // The server's own listener for this went with the upgrade.
  socket.on('drain', () => res.emit('drain'));
  exchange.status = status;
  exchange.answered(status, fromRawHeaders(answer.rawHeaders));
  answer.pipe(res);
  answer.once('close', () => {
    if (!answer.complete) {
      exchange.breakOff('upstream-broken', 'closed before the end of its answer');
      return;
    }
    exchange.settle('complete');
    breakOff(socket, { closeDelimited: false, withinMs: exchange.settings.slowClientTimeoutMs });
  });
}

/** The fields as an object in lower case, which is what the library copies; repeats joined. */
function headersOf(request: ForwardRequest, host: string): Record<string, string> {
  const fields: Record<string, string> = {};
  const list: HeaderList = [
    ['host', host],
    ...request.headers,
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
  ];
  for (const [name, value] of list) {
    const key = name.toLowerCase();
    const separator = key === 'cookie' ? '; ' : ', ';
    fields[key] = key in fields ? `${fields[key]}${separator}${value}` : value;
  }
  return fields;
}
