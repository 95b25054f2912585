import type { Logger } from 'pino';
import type { ListenAddress } from '../http/listen.ts';
import type { CheckPageOptions } from '../origin/check-page.ts';
import type { AddressSet } from './address-set.ts';
import type { RouteBounds, RouteOptions, RouteSettings } from './routes.ts';
import { type GatewayMode, STREAM_DEFAULTS } from './stream-options.ts';
import type { TlsPairFiles } from './tls-files.ts';
import type { HostHeader, UpstreamOptions, UpstreamSettings } from './upstreams/options.ts';

/** An address that clients connect to. */
export interface ListenerOptions {
  /** Port 0 lets the system pick one. With a `path` a unix socket instead. */
  listen: ListenAddress;
  /** As {@link GatewayOptions.tlsCert} and `tlsKey`, for this address alone; null: no TLS here. Default: the gateway's. */
  tlsCert?: string | null;
  tlsKey?: string | null;
}

/**
 * Options of {@link createGateway}. Durations are milliseconds. What a route may set for itself
 * ({@link RouteBounds}) holds here for all routes that do not.
 */
export interface GatewayOptions extends RouteBounds {
  /**
   * Where requests go that no route takes: an `http:` or `https:` URL, or `unix:/path/of.sock`. A path in the URL, or
   * behind a second colon, is put before the path of every request. Needed unless there are `routes`; then requests that
   * none takes are answered 404 without it.
   */
  upstream?: string | URL;
  /** Upstreams by name, for `routes`. */
  upstreams?: Readonly<Record<string, UpstreamOptions>>;
  /** Which requests go where, the first that matches. Behind them come those that `upstream` and `streamPaths` make. */
  routes?: readonly RouteOptions[];
  /** Default `127.0.0.1:8080`; port 0 lets the system pick one. With a `path` a unix socket instead. */
  listen?: ListenAddress;
  /** Several addresses, in place of `listen`. */
  listeners?: readonly ListenerOptions[];
  /**
   * PEM files with the certificate, its chain behind it, and its key: clients are served over TLS, with HTTP/2 for those
   * that speak it. Both are read again when they change. Default null: no TLS.
   */
  tlsCert?: string | null;
  tlsKey?: string | null;
  /**
   * `passthrough` (default): streams get what keeps hops from holding them. `observe`: no byte of a body and no
   * end-to-end field is changed; log, metrics and `/streams` say what passthrough would change.
   */
  mode?: GatewayMode;
  /** PEM file with the certificates that vouch for the upstreams', in place of the system's. Default null. */
  upstreamCa?: string | null;
  /** PEM files with the certificate, and its key, that upstreams are shown. Default null: none. */
  upstreamCert?: string | null;
  upstreamKey?: string | null;
  /**
   * Address of the admin server (`/healthz`, `/readyz`, `/metrics`, `/streams`), never the clients' own. It asks nobody
   * who they are: keep it where only operators reach it. Default null: there is none.
   */
  admin?: ListenAddress | null;
  /** Globs of the paths that are relayed as streams to `upstream`. Default `/stream` and `/stream/**`. */
  streamPaths?: readonly string[];
  /**
   * The `Host` field that upstreams get which do not say for themselves: the client's own (default; what virtual
   * hosts, redirects and cookie scopes of most backends expect of a transparent hop) or that of the target's URL (what
   * a hosted service behind its own name expects). `X-Forwarded-Host` carries the client's either way.
   */
  hostHeader?: HostHeader;
  /**
   * Addresses and CIDR blocks of proxies in front, `unix` for whoever connects over a unix socket: what they say in `X-Forwarded-*` and `Forwarded` is kept and added
   * to, and the client is the one that they name. Default none: what anybody says is dropped.
   */
  trustedProxies?: readonly string[];
  /** How long a client may take for a request head. Default 10,000. */
  requestHeadTimeoutMs?: number;
  /** Larger request heads are answered 431. From 1,024 to 1,048,576; default 16,384. */
  maxRequestHeadBytes?: number;
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
  /** Streams at a time of one client address; of IPv6 one /64 network. Further ones are answered 503. Default null. */
  maxStreamsPerClient?: number | null;
  /** The gateway's name in `Via`, in both directions (RFC 9110 section 7.6.3): a token. Default null: no `Via`. */
  via?: string | null;
  /** Say in `Server-Timing` how long the upstream took. Default false. */
  serverTiming?: boolean;
  /**
   * Answer experiments below `/.well-known/unclog/`, behind any prefix, as an unclog origin does: `unclog probe
   * --experiment` then measures what stands in front of this gateway. It answers strangers. Default false.
   */
  check?: boolean;
  /**
   * Base address of a second origin that browsers reach without passing what stands in front of this gateway, e.g.
   * `https://direct.example.com/`: the check page compares both ways. Needs `check`. Default null.
   */
  compareOrigin?: string | null;
  /** Origins of check pages elsewhere that may measure against this gateway, e.g. `https://app.example.com`. Needs `check`. */
  allowOrigin?: readonly string[];
  /** Default: nothing is logged. */
  logger?: Logger;
}

/** A listener with every default filled in. */
export interface ListenerSettings {
  readonly listen: ListenAddress;
  /** Null: no TLS. */
  readonly tls: TlsPairFiles | null;
}

/** What holds for the gateway as a whole, with every default filled in. Nothing of it changes while it serves. */
export interface GatewaySettings {
  readonly listeners: readonly ListenerSettings[];
  readonly admin: ListenAddress | null;
  readonly upstreams: readonly UpstreamSettings[];
  /** The first that matches counts. */
  readonly routes: readonly RouteSettings[];
  /** For a request whose route is not known: not yet, or because there is none. */
  readonly unrouted: RouteSettings;
  /** Null: nobody is trusted. */
  readonly trustedProxies: AddressSet | null;
  readonly mode: GatewayMode;
  readonly requestHeadTimeoutMs: number;
  readonly maxRequestHeadBytes: number;
  readonly slowClientTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly drainDelayMs: number;
  readonly drainRetryMs: number | null;
  readonly maxConnections: number | null;
  readonly maxStreams: number | null;
  readonly maxStreamsPerClient: number | null;
  readonly via: string | null;
  /** Null: the check path is not served. */
  readonly check: CheckPageOptions | null;
  readonly logger: Logger;
}

const { mode: DEFAULT_MODE, ...STREAM_BOUNDS } = STREAM_DEFAULTS;

/** Defaults of what each route may set for itself. */
export const ROUTE_DEFAULTS = {
  connectTimeoutMs: 10_000,
  headTimeoutMs: 300_000,
  idleTimeoutMs: null,
  maxAgeMs: null,
  slowClientTimeoutMs: 60_000,
  requestBodyIdleTimeoutMs: 60_000,
  maxRequestBodyBytes: null,
  queueMs: null,
  retries: 2,
  ...STREAM_BOUNDS,
} as const satisfies Required<Omit<RouteBounds, 'streamTypes'>>;

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
  ...ROUTE_DEFAULTS,
  requestHeadTimeoutMs: 10_000,
  maxRequestHeadBytes: 16_384,
  drainTimeoutMs: 10_000,
  drainDelayMs: 0,
  drainRetryMs: null,
  maxConnections: null,
  maxStreams: null,
  maxStreamsPerClient: null,
  via: null,
  serverTiming: false,
  check: false,
  compareOrigin: null,
  mode: DEFAULT_MODE,
} as const satisfies Partial<GatewayOptions>;

/** Of the gateway's own log on the command line. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
