import type { SecureContext } from 'node:tls';
import type { UpstreamTls } from '../tls-files.ts';

export const HOST_HEADERS = ['client', 'upstream'] as const;
export type HostHeader = (typeof HOST_HEADERS)[number];

export const BALANCES = ['round-robin', 'least-streams', 'sticky'] as const;
/** How a target is chosen. */
export type Balance = (typeof BALANCES)[number];

/** Asks each target by itself whether it is well. Durations are milliseconds. */
export interface HealthCheckOptions {
  /** Asked with `GET`; any answer from 200 to 399 is a good one. */
  path: string;
  /** From one check to the next. Default 5,000. */
  intervalMs?: number;
  /** How long a check may take, connecting included. Default 2,000. */
  timeoutMs?: number;
  /** Good checks in a row until a target that was down is used again. Default 2. */
  healthyAfter?: number;
  /** Bad checks in a row until a target is no longer used. Default 3; the first check of all counts at once. */
  unhealthyAfter?: number;
  /** More fields for the check, `Host` among them. Default none. */
  headers?: Readonly<Record<string, string>>;
}

/** Takes a target out for a while that fails requests. */
export interface EjectionOptions {
  /** Failures in a row: no connection, no answer, or an answer of 500 to 599. Default 5. */
  failures?: number;
  /** How long it is out, in milliseconds; the next failure after that puts it out again. Default 10,000. */
  forMs?: number;
}

/** One of several servers. */
export interface TargetOptions {
  /**
   * An `http:` or `https:` URL, or `unix:/path/of.sock`. A path in it, behind a second colon in the latter, is put before
   * the path of every request.
   */
  url: string | URL;
  /** How much of the requests it gets, beside the others. A whole number from 1 to 1,000; default 1. */
  weight?: number;
}

/** Servers that can stand in for one another. */
export interface UpstreamOptions {
  /** At least one. A URL alone has the weight 1. */
  targets: readonly (string | URL | TargetOptions)[];
  /** Default `round-robin`. */
  balance?: Balance;
  /** For `sticky`: requests with the same value of this field go to the same target. */
  stickyHeader?: string | null;
  /** The `Host` field that the targets get: the client's own, or that of the target's URL. Default: the gateway's. */
  hostHeader?: HostHeader;
  /** Default null: targets are not asked. */
  healthCheck?: HealthCheckOptions | null;
  /** Default: on where there are several targets. The last target that is left is never taken out. */
  ejection?: EjectionOptions | null;
}

/** Where a target is, cut up once. */
export interface UpstreamTarget {
  tls: boolean;
  /** For TLS; null without. */
  secureContext: SecureContext | null;
  /** Of the files that the context is made of: contexts themselves cannot be compared. */
  tlsDigest: string;
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
  /** Origin or socket, and base path: tells the targets of an upstream apart. */
  address: string;
  weight: number;
}

/** An upstream with every default filled in. */
export interface UpstreamSettings {
  readonly name: string;
  readonly targets: readonly UpstreamTarget[];
  readonly balance: Balance;
  /** In lower case; null unless `balance` is `sticky`. */
  readonly stickyHeader: string | null;
  readonly hostHeader: HostHeader;
  readonly healthCheck: Required<HealthCheckOptions> | null;
  readonly ejection: Required<EjectionOptions> | null;
}

export const HEALTH_CHECK_DEFAULTS = {
  intervalMs: 5_000,
  timeoutMs: 2_000,
  healthyAfter: 2,
  unhealthyAfter: 3,
} as const;

export const EJECTION_DEFAULTS = { failures: 5, forMs: 10_000 } as const;

/** Beyond it two targets are not balanced: the smaller one is hardly asked at all. */
export const MOST_WEIGHT = 1_000;

/** What holds for all upstreams. */
export interface UpstreamDefaults {
  hostHeader: HostHeader;
  /** Made when the first target asks for it. */
  tls: () => UpstreamTls | null;
}
