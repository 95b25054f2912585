import { pino } from 'pino';
import { isToken } from '../http/field-syntax.ts';
import { createAddressSet, isAddressBlock } from './address-set.ts';
import { collect, ProblemList, type Problems } from './option-error.ts';
import { GATEWAY_DEFAULTS, type GatewayOptions, type GatewaySettings, ROUTE_DEFAULTS } from './options.ts';
import { resolveCheck } from './resolve-check.ts';
import { checkAddresses, readListeners } from './resolve-listeners.ts';
import { DEFAULT_UPSTREAM, readUpstreams } from './resolve-upstreams.ts';
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
import type { UpstreamSettings } from './upstreams/options.ts';

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
  const check = resolveCheck(merged, problems);
  checkAddresses(merged.admin ?? null, listeners, [...upstreams.values()], problems);
  problems.throwIfAny();
  const { requestHeadTimeoutMs, maxRequestHeadBytes, slowClientTimeoutMs, drainTimeoutMs } = merged;
  const { drainDelayMs, drainRetryMs, maxConnections, maxStreams, maxStreamsPerClient, via, mode } = merged;
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
        `"${block}" is neither an address nor a block of them, expected one such as 10.0.0.0/8 or ::1, or unix`,
      );
  });
}
