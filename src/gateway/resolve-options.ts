import { pino } from 'pino';
import { isToken } from '../http/field-syntax.ts';
import { formatAddress, type ListenAddress } from '../http/listen.ts';
import { createAddressSet, isAddressBlock } from './address-set.ts';
import { collect, ProblemList, type Problems } from './option-error.ts';
import {
  GATEWAY_DEFAULTS,
  type GatewayOptions,
  type GatewaySettings,
  type ListenerOptions,
  type ListenerSettings,
  ROUTE_DEFAULTS,
} from './options.ts';
import {
  checkGlobs,
  type RouteBounds,
  type RouteDefaults,
  type RouteOptions,
  type RouteSettings,
  readStreamTypes,
  resolveRoute,
} from './routes.ts';
import { checkStreamOptions } from './stream-options.ts';
import { checkTogether, createUpstreamContext, readTlsPair, type UpstreamTls } from './tls-files.ts';
import { resolveUpstream, type UpstreamDefaults, type UpstreamSettings } from './upstreams/options.ts';

/** Name of the upstream that the option `upstream` makes. */
const DEFAULT_UPSTREAM = 'default';

/**
 * Fills in every default, once; what comes out is never changed.
 * @throws GatewayOptionError that names everything that is wrong
 */
export function resolveOptions(options: GatewayOptions): GatewaySettings {
  const problems = new ProblemList();
  const given = withoutUndefined(options);
  const merged = { ...GATEWAY_DEFAULTS, ...given };
  const logger = options.logger ?? pino({ enabled: false });
  const listeners = readListeners(options, problems);
  const upstreams = readUpstreams(options, problems);
  const defaults = readRouteDefaults({ ...merged, logger }, problems);
  const routes = readRoutes(options, defaults, upstreams, problems);
  checkGateway(options, problems);
  checkAddresses(merged.admin ?? null, listeners, [...upstreams.values()], problems);
  problems.throwIfAny();
  const { requestHeadTimeoutMs, maxRequestHeadBytes, slowClientTimeoutMs, drainTimeoutMs } = merged;
  const { drainDelayMs, drainRetryMs, maxConnections, maxStreams, maxStreamsPerClient, via, mode } = merged;
  const { check } = merged;
  const trusted = options.trustedProxies ?? [];
  return Object.freeze({
    ...{ listeners, admin: merged.admin ?? null, upstreams: [...upstreams.values()], routes },
    unrouted: unroutedSettings(defaults),
    trustedProxies: trusted.length === 0 ? null : createAddressSet(trusted),
    ...{ requestHeadTimeoutMs, maxRequestHeadBytes, slowClientTimeoutMs, drainTimeoutMs },
    ...{
      drainDelayMs,
      drainRetryMs,
      maxConnections,
      maxStreams,
      maxStreamsPerClient,
      via,
      mode,
      check,
      logger,
    },
  });
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function readListeners(options: GatewayOptions, problems: Problems): readonly ListenerSettings[] {
  const shared = readTls(options, [], problems);
  const given = readAddresses(options, problems);
  return given.map(({ listen, ...own }, i) => {
    const isOwn = own.tlsCert !== undefined || own.tlsKey !== undefined;
    return { listen, tls: isOwn ? readTls(own, ['listeners', i], problems) : shared };
  });
}

/** The pair that clients are shown; null without TLS. What would fail at the first connection fails at the start. */
function readTls(
  { tlsCert, tlsKey }: Pick<ListenerOptions, 'tlsCert' | 'tlsKey'>,
  path: readonly (string | number)[],
  problems: Problems,
): ListenerSettings['tls'] {
  return collect(problems, path, () => {
    checkTogether({ tlsCert, tlsKey }, 'tlsCert', 'tlsKey');
    if (typeof tlsCert !== 'string' || typeof tlsKey !== 'string') return null;
    const files = { certOption: 'tlsCert', certFile: tlsCert, keyOption: 'tlsKey', keyFile: tlsKey };
    readTlsPair(files);
    return files;
  });
}

function readAddresses(
  { listen, listeners }: GatewayOptions,
  problems: Problems,
): readonly ListenerOptions[] {
  if (listeners === undefined) return [{ listen: listen ?? GATEWAY_DEFAULTS.listen }];
  if (listen !== undefined) problems.add(['listen'], 'is given beside listeners, expected one of the two');
  if (listeners.length === 0) problems.add(['listeners'], 'is empty, expected at least one address');
  listeners.forEach((listener, i) => {
    const isSame = (other: ListenerOptions): boolean => sameAddress(other.listen, listener.listen);
    if (listeners.slice(0, i).some(isSame))
      problems.add(['listeners', i], `${formatAddress(listener.listen)} is given twice`);
  });
  return listeners;
}

function sameAddress(a: ListenAddress, b: ListenAddress): boolean {
  if (a.path !== undefined || b.path !== undefined) return a.path === b.path;
  return a.port !== 0 && a.port === b.port && a.host === b.host;
}

function readUpstreams(options: GatewayOptions, problems: ProblemList): Map<string, UpstreamSettings> {
  const tls = upstreamTls(options, problems);
  const defaults: UpstreamDefaults = { hostHeader: options.hostHeader ?? GATEWAY_DEFAULTS.hostHeader, tls };
  const found = new Map<string, UpstreamSettings>();
  for (const [name, upstream] of Object.entries(options.upstreams ?? {}))
    found.set(name, resolveUpstream(name, upstream, defaults, ['upstreams', name], problems));
  if (options.upstream !== undefined) {
    if (found.has(DEFAULT_UPSTREAM))
      problems.add(['upstreams', DEFAULT_UPSTREAM], `is the name of what the option upstream gives`);
    const own = problems.under(['upstream']);
    found.set(
      DEFAULT_UPSTREAM,
      resolveUpstream(DEFAULT_UPSTREAM, { targets: [options.upstream] }, defaults, [], own),
    );
  }
  checkUpstreamTls(options, [...found.values()], problems);
  return found;
}

/** Made once, and only where a target is reached with TLS: the system's certificates take time to read. */
function upstreamTls(options: GatewayOptions, problems: Problems): () => UpstreamTls | null {
  const { upstreamCa: ca, upstreamCert: cert, upstreamKey: key } = options;
  let made: UpstreamTls | null | undefined;
  return () => {
    if (made === undefined) made = collect(problems, [], () => createUpstreamContext({ ca, cert, key }));
    return made;
  };
}

function checkUpstreamTls(
  options: GatewayOptions,
  upstreams: readonly UpstreamSettings[],
  problems: Problems,
): void {
  const { upstreamCa, upstreamCert } = options;
  collect(problems, [], () => checkTogether({ ...options }, 'upstreamCert', 'upstreamKey'));
  const targets = upstreams.flatMap(({ targets }) => targets);
  const [first, ...others] = targets;
  if (first === undefined || targets.some(({ tls }) => tls)) return;
  const what = others.length === 0 ? `the upstream ${first.origin} is` : 'all upstreams are';
  for (const [name, file] of Object.entries({ upstreamCa, upstreamCert }))
    if (typeof file === 'string') problems.add([name], `${what} reached without TLS, expected an https URL`);
}

function readRouteDefaults(
  options: Omit<RouteDefaults, 'streamTypes'> & Pick<RouteBounds, 'streamTypes'>,
  problems: Problems,
): RouteDefaults {
  const names = Object.keys(ROUTE_DEFAULTS) as (keyof typeof ROUTE_DEFAULTS)[];
  const { mode, via, serverTiming, logger } = options;
  collect(problems, [], () => checkStreamOptions(options));
  return {
    ...(Object.fromEntries(names.map((name) => [name, options[name]])) as Pick<
      RouteDefaults,
      keyof typeof ROUTE_DEFAULTS
    >),
    streamTypes: readStreamTypes(options.streamTypes ?? [], ['streamTypes'], problems),
    ...{ mode, via, serverTiming, logger },
  };
}

function readRoutes(
  options: GatewayOptions,
  defaults: RouteDefaults,
  upstreams: ReadonlyMap<string, UpstreamSettings>,
  problems: Problems,
): RouteSettings[] {
  const { routes = [], streamPaths = GATEWAY_DEFAULTS.streamPaths } = options;
  const resolved = routes.map((route, i) =>
    resolveRoute(route, defaults, upstreams, ['routes', i], problems),
  );
  checkGlobs(streamPaths, ['streamPaths'], problems);
  if (options.upstream === undefined) {
    if (routes.length === 0)
      problems.add(['upstream'], 'is missing, expected a URL such as http://127.0.0.1:8000, or routes');
    if (options.streamPaths !== undefined && routes.length > 0)
      problems.add(['streamPaths'], 'says which requests to upstream are streams, expected upstream as well');
  } else {
    const last: RouteOptions[] = [{ name: DEFAULT_UPSTREAM, upstream: DEFAULT_UPSTREAM }];
    if (streamPaths.length > 0)
      last.unshift({ name: 'streams', paths: streamPaths, upstream: DEFAULT_UPSTREAM, kind: 'stream' });
    for (const route of last) resolved.push(resolveRoute(route, defaults, upstreams, [], new ProblemList()));
  }
  return withNames(resolved, routes, problems);
}

/** Each route gets a name of its own: what it was given, else its first path, with a number where that is taken. */
function withNames(
  resolved: readonly (RouteSettings | null)[],
  given: readonly RouteOptions[],
  problems: Problems,
): RouteSettings[] {
  const names = new Set<string>();
  given.forEach(({ name }, i) => {
    if (name !== undefined && names.has(name))
      problems.add(['routes', i, 'name'], `"${name}" is the name of a route before, expected another one`);
    if (name !== undefined) names.add(name);
  });
  return resolved.flatMap((route, i) => {
    if (route === null) return [];
    if (given[i]?.name !== undefined) return [route];
    let name = route.name;
    for (let number = 2; names.has(name); number++) name = `${route.name} ${number}`;
    names.add(name);
    return [Object.freeze({ ...route, name })];
  });
}

/** Of a request that no route has taken: it goes nowhere. */
function unroutedSettings(defaults: RouteDefaults): RouteSettings {
  const nowhere: UpstreamSettings = {
    ...{ name: '', targets: [], balance: 'round-robin', stickyHeader: null, hostHeader: 'client' },
    ...{ healthCheck: null, ejection: null },
  };
  const limits = { maxStreams: null, maxStreamsPerClient: null };
  return Object.freeze({
    ...defaults,
    ...limits,
    name: '',
    kind: 'ordinary',
    upstream: nowhere,
    matches: () => false,
  });
}

function checkGateway(options: GatewayOptions, problems: Problems): void {
  for (const name of ['maxConnections', 'maxStreams', 'maxStreamsPerClient'] as const) {
    const count = options[name] ?? null;
    if (count !== null && !(Number.isSafeInteger(count) && count > 0))
      problems.add([name], `${count} is not a whole number of at least 1`);
  }
  const bytes = options.maxRequestHeadBytes ?? GATEWAY_DEFAULTS.maxRequestHeadBytes;
  if (!Number.isSafeInteger(bytes) || bytes < 1_024 || bytes > 1_048_576)
    problems.add(['maxRequestHead'], 'is out of bounds, expected a size from 1k to 1m');
  if (typeof options.via === 'string' && !isToken(options.via))
    problems.add(
      ['via'],
      `"${options.via}" is no name that Via can carry, expected letters, digits, dots and hyphens such as edge-1`,
    );
  (options.trustedProxies ?? []).forEach((block, i) => {
    if (!isAddressBlock(block))
      problems.add(
        ['trustedProxies', i],
        `"${block}" is neither an address nor a block of them, expected one such as 10.0.0.0/8 or ::1`,
      );
  });
}

/** The gateway must not call itself, and clients must never reach the admin server, neither directly nor through it. */
function checkAddresses(
  admin: ListenAddress | null,
  listeners: readonly ListenerOptions[],
  upstreams: readonly UpstreamSettings[],
  problems: Problems,
): void {
  const targets = upstreams.flatMap(({ name, targets }) =>
    targets.map((target, i) => ({
      target,
      path: name === DEFAULT_UPSTREAM ? ['upstream'] : ['upstreams', name, 'targets', i],
    })),
  );
  for (const { target, path } of targets) {
    const { socketPath } = target;
    const at =
      socketPath === null
        ? { host: target.hostname, port: target.port }
        : { host: '', port: 0, path: socketPath };
    if (socketPath !== null && listeners.some(({ listen }) => sameAddress(listen, at)))
      problems.add(
        path,
        `${socketPath} is the socket that the gateway itself listens on; it would call itself without end`,
      );
    else if (listeners.some(({ listen }) => sameAddress(listen, at)))
      problems.add(
        path,
        `${target.origin} is the address that the gateway itself listens on; it would call itself without end`,
      );
    if (admin !== null && sameAddress(admin, at))
      problems.add(['admin'], `${formatAddress(admin)} is the upstream's address, expected one of its own`);
  }
  if (admin !== null && listeners.some(({ listen }) => sameAddress(listen, admin)))
    problems.add(['admin'], `${formatAddress(admin)} is the address for clients, expected one of its own`);
}
