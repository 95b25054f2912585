import type { Logger } from 'pino';
import { isToken } from '../http/field-syntax.ts';
import { EVENT_STREAM } from '../http/media-type.ts';
import { didYouMean } from './nearest-name.ts';
import { collect, type Problems } from './option-error.ts';
import { createPathMatcher } from './path-glob.ts';
import { checkStreamOptions, type GatewayMode, type StreamOptions } from './stream-options.ts';
import type { UpstreamSettings } from './upstreams/options.ts';

/** What each route may set for itself; what one does not, the gateway's options say. Durations are milliseconds. */
export interface RouteBounds extends Omit<StreamOptions, 'mode'> {
  /** Media types that are streams besides `text/event-stream`. Default none. */
  streamTypes?: readonly string[];
  /** How long name lookup, connecting and TLS may take together, for each target. Default 10,000. */
  connectTimeoutMs?: number;
  /** How long the upstream may take for a response head once it has the request. Default 300,000. */
  headTimeoutMs?: number;
  /** How long a stream may be without a byte from the upstream before it is broken off. Default null: for ever. */
  idleTimeoutMs?: number | null;
  /** How long a request may take in all, a stream's life included, before it is broken off. Default null: for ever. */
  maxAgeMs?: number | null;
  /** How long a client may leave what was written to it unread before it is broken off. Default 60,000. */
  slowClientTimeoutMs?: number;
  /** How long a request body may stand still before the answer begins, on either side. Default 60,000. */
  requestBodyIdleTimeoutMs?: number;
  /** Larger request bodies are answered 413. Default null: no limit. */
  maxRequestBodyBytes?: number | null;
  /**
   * How long a request waits where it would be answered 503 at once: for a place among the streams, or for a target
   * that can be used. Default null: not at all.
   */
  queueMs?: number | null;
  /**
   * How many other targets are asked for a connection when one does not give any. Only before a byte of the request
   * was sent. Default 2.
   */
  retries?: number;
}

export const ROUTE_KINDS = ['stream', 'ordinary'] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

/** Which requests go where, and how. All that is given has to match; the first route that does counts. */
export interface RouteOptions extends RouteBounds {
  /** For the log and `/streams`, as `rule`. Default: the first of its paths. */
  name?: string;
  /** Globs of paths, as sent. Default: all. */
  paths?: readonly string[];
  /** Names that the client's `Host` may have, without port; `*.` at the beginning stands for any labels. Default: all. */
  hosts?: readonly string[];
  /** Default: all. */
  methods?: readonly string[];
  /** Key of {@link GatewayOptions.upstreams}; `default` is {@link GatewayOptions.upstream}. */
  upstream: string;
  /** `stream`: relayed by our own relay, whatever the answer. Default `ordinary`. */
  kind?: RouteKind;
  /** Streams on this route at a time. Default null: no limit but the gateway's. */
  maxStreams?: number | null;
  /** Streams on this route at a time of one client address. Default null: no limit but the gateway's. */
  maxStreamsPerClient?: number | null;
}

/** A route with every default filled in; the same object for all requests on it. */
export interface RouteSettings
  extends Required<Omit<RouteOptions, 'paths' | 'hosts' | 'methods' | 'streamTypes' | 'upstream'>> {
  readonly upstream: UpstreamSettings;
  readonly streamTypes: ReadonlySet<string>;
  readonly mode: GatewayMode;
  readonly via: string | null;
  readonly serverTiming: boolean;
  readonly logger: Logger;
  matches(request: RoutedRequest): boolean;
}

/** What a route looks at. */
export interface RoutedRequest {
  method: string;
  path: string;
  /** The client's `Host`, port and all. */
  clientHost: string;
}

/** The first route that takes this request; null: none does. */
export function findRoute(routes: readonly RouteSettings[], request: RoutedRequest): RouteSettings | null {
  for (const route of routes) if (route.matches(request)) return route;
  return null;
}

/** What all routes have in common. */
export type RouteDefaults = Required<Omit<RouteBounds, 'streamTypes'>> &
  Pick<RouteSettings, 'streamTypes' | 'mode' | 'via' | 'serverTiming' | 'logger'>;

/** Fills defaults in and books what is wrong; null when the upstream is not known. */
export function resolveRoute(
  options: RouteOptions,
  defaults: RouteDefaults,
  upstreams: ReadonlyMap<string, UpstreamSettings>,
  path: readonly (string | number)[],
  problems: Problems,
): RouteSettings | null {
  const { paths, hosts, methods, streamTypes, upstream, ...given } = options;
  checkGlobs(paths ?? [], [...path, 'paths'], problems);
  checkHosts(hosts ?? [], [...path, 'hosts'], problems);
  checkMethods(methods ?? [], [...path, 'methods'], problems);
  const types = streamTypes && readStreamTypes(streamTypes, [...path, 'streamTypes'], problems);
  collect(problems, path, () => checkStreamOptions({ ...given, mode: defaults.mode }));
  const target = upstreams.get(upstream);
  if (target === undefined) {
    const known = [...upstreams.keys()];
    const list = known.length === 0 ? 'none is given' : `expected ${known.join(' or ')}`;
    problems.add(
      [...path, 'upstream'],
      `there is no upstream "${upstream}", ${list}${didYouMean(upstream, known)}`,
    );
    return null;
  }
  const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return Object.freeze({
    kind: 'ordinary' as const,
    maxStreams: null,
    maxStreamsPerClient: null,
    ...defaults,
    name: paths?.[0] ?? 'all',
    ...own,
    ...(types !== undefined && { streamTypes: types }),
    upstream: target,
    matches: createMatcher(paths, hosts, methods),
  });
}

function createMatcher(
  paths: readonly string[] | undefined,
  hosts: readonly string[] | undefined,
  methods: readonly string[] | undefined,
): RouteSettings['matches'] {
  const isPath = paths === undefined ? null : createPathMatcher(paths);
  const isHost = hosts === undefined ? null : createHostMatcher(hosts);
  const names = methods === undefined ? null : new Set(methods);
  return ({ path, clientHost, method }) =>
    (isPath === null || isPath(path)) &&
    (isHost === null || isHost(clientHost)) &&
    (names === null || names.has(method));
}

function createHostMatcher(hosts: readonly string[]): (host: string) => boolean {
  const exact = new Set(hosts.map((host) => host.toLowerCase()));
  const suffixes = [...exact].filter((host) => host.startsWith('*.')).map((host) => host.slice(1));
  return (host) => {
    const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
    return exact.has(name) || suffixes.some((suffix) => name.endsWith(suffix) && name.length > suffix.length);
  };
}

type Path = readonly (string | number)[];

/** Books globs that match nothing. */
export function checkGlobs(globs: readonly string[], path: Path, problems: Problems): void {
  globs.forEach((glob, i) => {
    if (!glob.startsWith('/') && !glob.startsWith('*'))
      problems.add(
        [...path, i],
        `"${glob}" matches no path, expected a glob that begins with a slash such as /events/**`,
      );
  });
}

function checkHosts(hosts: readonly string[], path: Path, problems: Problems): void {
  hosts.forEach((host, i) => {
    if (!/^(?:\*\.)?[a-z\d_-]+(?:\.[a-z\d_-]+)*$|^\[[\da-f:.]+\]$/i.test(host))
      problems.add(
        [...path, i],
        `"${host}" is not a host name, expected one without port such as api.example.com or *.example.com`,
      );
  });
}

function checkMethods(methods: readonly string[], path: Path, problems: Problems): void {
  methods.forEach((method, i) => {
    if (!isToken(method) || method !== method.toUpperCase())
      problems.add([...path, i], `"${method}" is not a method, expected one in capitals such as GET or POST`);
  });
}

/** The media types in lower case, with that of event streams; books what is none. */
export function readStreamTypes(
  types: readonly string[],
  path: Path,
  problems: Problems,
): ReadonlySet<string> {
  types.forEach((type, i) => {
    if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type))
      problems.add(
        [...path, i],
        `"${type}" is not a media type, expected one such as application/x-ndjson, without parameters`,
      );
  });
  return new Set([EVENT_STREAM, ...types.map((type) => type.toLowerCase())]);
}
