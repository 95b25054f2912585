import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { type Logger, pino } from 'pino';
import { isToken } from '../http/field-syntax.ts';
import { formatAddress, type ListenAddress, MAX_SOCKET_PATH } from '../http/listen.ts';
import { EVENT_STREAM } from '../http/media-type.ts';
import { GatewayOptionError } from './option-error.ts';
import { createPathMatcher, type PathMatcher } from './path-glob.ts';
import { checkStreamOptions, STREAM_DEFAULTS, type StreamOptions } from './stream-options.ts';
import { checkTogether, createUpstreamContext, readTlsPair } from './tls-files.ts';

export { GatewayOptionError } from './option-error.ts';

/** Options of {@link createGateway}. Durations are milliseconds. */
export interface GatewayOptions extends StreamOptions {
  /**
   * Where requests go: an `http:` or `https:` URL, or `unix:/path/of.sock`. A path in the URL, or behind a second colon,
   * is put before the path of every request.
   */
  upstream: string | URL;
  /** Default `127.0.0.1:8080`; port 0 lets the system pick one. With a `path` a unix socket instead. */
  listen?: ListenAddress;
  /**
   * PEM files with the certificate, its chain behind it, and its key: clients are served over TLS, with HTTP/2 for those
   * that speak it. Both are read again when they change. Default null: no TLS.
   */
  tlsCert?: string | null;
  tlsKey?: string | null;
  /** PEM file with the certificates that vouch for the upstream's, in place of the system's. Default null. */
  upstreamCa?: string | null;
  /** PEM files with the certificate, and its key, that the upstream is shown. Default null: none. */
  upstreamCert?: string | null;
  upstreamKey?: string | null;
  /**
   * Address of the admin server (`/healthz`, `/readyz`, `/metrics`, `/streams`), never the clients' own. It asks nobody
   * who they are: keep it where only operators reach it. Default null: there is none.
   */
  admin?: ListenAddress | null;
  /** Globs of the paths that are relayed as streams. Default `/stream` and `/stream/**`. */
  streamPaths?: readonly string[];
  /** Media types that are streams besides `text/event-stream`. Default none. */
  streamTypes?: readonly string[];
  /**
   * The `Host` field that the upstream gets: the client's own (default; what virtual hosts, redirects and cookie
   * scopes of most backends expect of a transparent hop) or the upstream URL's (what a hosted service behind its
   * own name expects). `X-Forwarded-Host` carries the client's either way.
   */
  hostHeader?: HostHeader;
  /** How long name lookup, connecting and TLS may take together. Default 10,000. */
  connectTimeoutMs?: number;
  /** How long the upstream may take for a response head once it has the request. Default 300,000. */
  headTimeoutMs?: number;
  /** How long a client may leave what was written to it unread before it is broken off. Default 60,000. */
  slowClientTimeoutMs?: number;
  /** How long a request body may stand still before the answer begins, on either side. Default 60,000. */
  requestBodyIdleTimeoutMs?: number;
  /** How long a client may take for a request head. Default 10,000. */
  requestHeadTimeoutMs?: number;
  /**
   * How long {@link RunningGateway.close} takes to end what is under way: streams at random moments of the second half
   * of it and between two events, requests when it is over. Default 10,000.
   */
  drainTimeoutMs?: number;
  /**
   * How long {@link RunningGateway.close} goes on taking connections while `/readyz` says 503 already, for balancers
   * that look there every now and then. Default 0.
   */
  drainDelayMs?: number;
  /**
   * What `EventSource` clients whose stream is ended at shutdown are asked to wait before they come back, in a `retry:`
   * line: each a random time between half of this and the whole. Only those get it that sent
   * `Accept: text/event-stream`. Default null: nobody is asked.
   */
  drainRetryMs?: number | null;
  /** Client connections at a time; requests on further ones are answered 503. Default null: no limit. */
  maxConnections?: number | null;
  /**
   * Streams at a time, as `/streams` counts them: requests on stream routes, websockets, and stream answers on other
   * routes. Further ones are answered 503. Default null: no limit.
   */
  maxStreams?: number | null;
  /** The gateway's name in `Via`, in both directions (RFC 9110 section 7.6.3): a token. Default null: no `Via`. */
  via?: string | null;
  /** Say in `Server-Timing` how long the upstream took. Default false. */
  serverTiming?: boolean;
  /** Default: nothing is logged. */
  logger?: Logger;
}

export const HOST_HEADERS = ['client', 'upstream'] as const;
export type HostHeader = (typeof HOST_HEADERS)[number];

/** Where the upstream is, cut up once. */
export interface UpstreamTarget {
  tls: boolean;
  /** For TLS; null without. */
  secureContext: SecureContext | null;
  /** Of a unix socket; null for a name or address. */
  socketPath: string | null;
  /** Name or address to connect to, without brackets. */
  hostname: string;
  port: number;
  /**
   * The name that TLS asks for and checks the certificate against; empty for an address. Said explicitly everywhere:
   * Node and undici would take it from the client's `Host`.
   */
  serverName: string;
  /** `host[:port]` as it belongs into a `Host` field. */
  authority: string;
  /** Scheme and authority. */
  origin: string;
  /** Put before every request's path: empty, or begins with a slash and ends without. */
  basePath: string;
}

/** Options with every default filled in. */
export interface GatewaySettings
  extends Required<Omit<GatewayOptions, 'upstream' | 'streamPaths' | 'streamTypes'>> {
  upstream: UpstreamTarget;
  isStreamPath: PathMatcher;
  streamTypes: ReadonlySet<string>;
}

/** Defaults, once for the library and the command line. */
export const GATEWAY_DEFAULTS = {
  listen: { host: '127.0.0.1', port: 8080 },
  admin: null,
  tlsCert: null,
  tlsKey: null,
  upstreamCa: null,
  upstreamCert: null,
  upstreamKey: null,
  streamPaths: ['/stream', '/stream/**'],
  hostHeader: 'client',
  connectTimeoutMs: 10_000,
  headTimeoutMs: 300_000,
  slowClientTimeoutMs: 60_000,
  requestBodyIdleTimeoutMs: 60_000,
  requestHeadTimeoutMs: 10_000,
  drainTimeoutMs: 10_000,
  drainDelayMs: 0,
  drainRetryMs: null,
  maxConnections: null,
  maxStreams: null,
  via: null,
  serverTiming: false,
  ...STREAM_DEFAULTS,
} as const satisfies Partial<GatewayOptions>;

/** @throws GatewayOptionError */
export function resolveOptions(options: GatewayOptions): GatewaySettings {
  const upstream = parseUpstream(options);
  const listen: ListenAddress = options.listen ?? GATEWAY_DEFAULTS.listen;
  checkTls(options);
  if (listen.path !== undefined && listen.path === upstream.socketPath)
    throw new GatewayOptionError(
      `upstream: ${listen.path} is the socket that the gateway itself listens on; it would call itself without end`,
    );
  if (listen.port !== 0 && listen.port === upstream.port && listen.host === upstream.hostname) {
    throw new GatewayOptionError(
      `upstream: ${upstream.origin} is the address that the gateway itself listens on; it would call itself without end`,
    );
  }
  checkAdmin(options.admin ?? null, listen, upstream);
  checkCount('maxConnections', options.maxConnections);
  checkCount('maxStreams', options.maxStreams);
  if (typeof options.via === 'string' && !isToken(options.via))
    throw new GatewayOptionError(
      `via: "${options.via}" is no name that Via can carry, expected letters, digits, dots and hyphens such as edge-1`,
    );
  checkStreamOptions(options);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    ...GATEWAY_DEFAULTS,
    logger: pino({ enabled: false }),
    ...given,
    listen,
    upstream,
    isStreamPath: createPathMatcher(checkGlobs(options.streamPaths ?? GATEWAY_DEFAULTS.streamPaths)),
    streamTypes: new Set([EVENT_STREAM, ...checkTypes(options.streamTypes ?? [])]),
  };
}

/** Clients must never reach the admin server, neither on their port nor through the gateway. */
function checkAdmin(admin: ListenAddress | null, listen: ListenAddress, upstream: UpstreamTarget): void {
  if (admin === null || admin.port === 0 || admin.path !== undefined) return;
  const shown = formatAddress(admin);
  if (admin.host === listen.host && admin.port === listen.port)
    throw new GatewayOptionError(`admin: ${shown} is the address for clients, expected one of its own`);
  if (admin.host === upstream.hostname && admin.port === upstream.port)
    throw new GatewayOptionError(`admin: ${shown} is the upstream's address, expected one of its own`);
}

/** What would fail at the first connection fails at the start. */
function checkTls(options: GatewayOptions): void {
  checkTogether({ ...options }, 'tlsCert', 'tlsKey');
  checkTogether({ ...options }, 'upstreamCert', 'upstreamKey');
  const files = tlsFilesOf(options);
  if (files !== null) readTlsPair(files);
}

/** The pair that clients are shown; null without TLS. */
export function tlsFilesOf({ tlsCert, tlsKey }: Pick<GatewayOptions, 'tlsCert' | 'tlsKey'>) {
  if (typeof tlsCert !== 'string' || typeof tlsKey !== 'string') return null;
  return { certOption: 'tlsCert', certFile: tlsCert, keyOption: 'tlsKey', keyFile: tlsKey };
}

function checkCount(name: string, count: number | null | undefined): void {
  if (count !== null && count !== undefined && !(Number.isSafeInteger(count) && count > 0))
    throw new GatewayOptionError(`${name}: ${count} is not a whole number of at least 1`);
}

function checkGlobs(globs: readonly string[]): readonly string[] {
  for (const glob of globs) {
    if (!glob.startsWith('/') && !glob.startsWith('*')) {
      throw new GatewayOptionError(
        `streamPaths: "${glob}" matches no path, expected a glob that begins with a slash such as /events/**`,
      );
    }
  }
  return globs;
}

function checkTypes(types: readonly string[]): string[] {
  return types.map((type) => {
    if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type)) {
      throw new GatewayOptionError(
        `streamTypes: "${type}" is not a media type, expected one such as application/x-ndjson, without parameters`,
      );
    }
    return type.toLowerCase();
  });
}

function parseUpstream(options: GatewayOptions): UpstreamTarget {
  const { upstream, upstreamCa: ca, upstreamCert: cert, upstreamKey: key } = options;
  const target = String(upstream).startsWith('unix:')
    ? parseUnixUpstream(String(upstream))
    : parseUrlUpstream(upstream);
  if (target.tls) return { ...target, secureContext: createUpstreamContext({ ca, cert, key }) };
  const given = Object.entries({ upstreamCa: ca, upstreamCert: cert }).find(([, file]) => file != null);
  if (given !== undefined)
    throw new GatewayOptionError(
      `${given[0]}: the upstream ${target.origin} is reached without TLS, expected an https URL`,
    );
  return target;
}

/** As nginx writes it: `unix:/path/of.sock`, with `:/base` behind it where a path is put before every request's. */
function parseUnixUpstream(upstream: string): UpstreamTarget {
  const [, socketPath = '', basePath = ''] = /^unix:(?:\/\/)?(\/[^:]+)(?::(\/.*))?$/.exec(upstream) ?? [];
  if (socketPath === '' || socketPath.length > MAX_SOCKET_PATH || /[?#\s]/.test(basePath))
    throw new GatewayOptionError(
      `upstream: "${upstream}" is not a unix socket, expected the absolute path of one such as unix:/run/app.sock, at most ${MAX_SOCKET_PATH} characters`,
    );
  return {
    tls: false,
    secureContext: null,
    socketPath,
    hostname: 'localhost',
    serverName: '',
    port: 80,
    authority: 'localhost',
    origin: 'http://localhost',
    basePath: basePath.replace(/\/+$/, ''),
  };
}

function parseUrlUpstream(upstream: string | URL): UpstreamTarget {
  const expected = 'expected an absolute URL such as http://127.0.0.1:8000 or unix:/run/app.sock';
  let url: URL;
  try {
    url = new URL(upstream);
  } catch {
    throw new GatewayOptionError(`upstream: "${upstream}" is not a URL, ${expected}`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new GatewayOptionError(`upstream: "${upstream}" is not an http or https URL, ${expected}`);
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw new GatewayOptionError(
      'upstream: the URL has a query, a fragment or credentials, none of which can be passed on',
    );
  const tls = url.protocol === 'https:';
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    tls,
    secureContext: null,
    socketPath: null,
    hostname,
    serverName: isIP(hostname) === 0 ? hostname : '',
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    authority: url.host,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}
