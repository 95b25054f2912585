import { isIP } from 'node:net';
import { type Logger, pino } from 'pino';
import { isToken } from '../http/field-syntax.ts';
import { formatAddress, type ListenAddress } from '../http/listen.ts';
import { EVENT_STREAM } from '../http/media-type.ts';
import { createPathMatcher, type PathMatcher } from './path-glob.ts';

/** Options of {@link createGateway}. Durations are milliseconds. */
export interface GatewayOptions {
  /** Where requests go: an `http:` or `https:` URL. A path in it is put before the path of every request. */
  upstream: string | URL;
  /** Default `127.0.0.1:8080`; port 0 lets the system pick one. */
  listen?: ListenAddress;
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
  /** How long {@link RunningGateway.close} lets streams and requests end by themselves. Default 10,000. */
  drainTimeoutMs?: number;
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

/** An option that cannot be used; the message names it and says what was expected. */
export class GatewayOptionError extends Error {
  override readonly name = 'GatewayOptionError';
}

/** Where the upstream is, cut up once. */
export interface UpstreamTarget {
  tls: boolean;
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
  streamPaths: ['/stream', '/stream/**'],
  hostHeader: 'client',
  connectTimeoutMs: 10_000,
  headTimeoutMs: 300_000,
  slowClientTimeoutMs: 60_000,
  requestBodyIdleTimeoutMs: 60_000,
  requestHeadTimeoutMs: 10_000,
  drainTimeoutMs: 10_000,
  maxConnections: null,
  maxStreams: null,
  via: null,
  serverTiming: false,
} as const satisfies Partial<GatewayOptions>;

/** @throws GatewayOptionError */
export function resolveOptions(options: GatewayOptions): GatewaySettings {
  const upstream = parseUpstream(options.upstream);
  const listen = options.listen ?? GATEWAY_DEFAULTS.listen;
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
  if (admin === null || admin.port === 0) return;
  const shown = formatAddress(admin);
  if (admin.host === listen.host && admin.port === listen.port)
    throw new GatewayOptionError(`admin: ${shown} is the address for clients, expected one of its own`);
  if (admin.host === upstream.hostname && admin.port === upstream.port)
    throw new GatewayOptionError(`admin: ${shown} is the upstream's address, expected one of its own`);
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

function parseUpstream(upstream: string | URL): UpstreamTarget {
  const expected = 'expected an absolute URL such as http://127.0.0.1:8000';
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
    hostname,
    serverName: isIP(hostname) === 0 ? hostname : '',
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    authority: url.host,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}
