import type { CheckPageOptions } from '../origin/check-page.ts';
import { createOrigin } from '../origin/origin.ts';
import { ProblemList } from './option-error.ts';
import { type GatewaySettings, ROUTE_DEFAULTS } from './options.ts';
import type { RoutedRequest, RouteSettings } from './routes.ts';
import { resolveUpstream } from './upstreams/resolve-upstream.ts';

/** Where an unclog origin's check path begins, behind any prefix. */
const CHECK_PATH = '/.well-known/unclog/';
const NAME = 'unclog-check';

/** The origin that answers the check path of a gateway. */
export interface CheckPath {
  /** Of a loopback address: only the gateway is to lead there. */
  url: string;
  close(): Promise<void>;
}

/** Starts it on a loopback port of its own, so that several workers have the same one. */
export async function startCheckPath(page: CheckPageOptions): Promise<CheckPath> {
  return createOrigin({ ...page, listen: { host: '127.0.0.1', port: 0 }, isBehindGateway: true });
}

/**
 * The settings with a route for the check path before all others. Its answers go through the gateway's own relay, as
 * streams of an upstream do, but unchanged: what an experiment asks for must arrive as it was sent.
 */
export function withCheckRoute(settings: GatewaySettings, url: string): GatewaySettings {
  const problems = new ProblemList();
  const defaults = { hostHeader: 'client', tls: () => null } as const;
  const upstream = resolveUpstream(NAME, { targets: [url] }, defaults, [], problems);
  problems.throwIfAny();
  const route: RouteSettings = Object.freeze({
    ...settings.unrouted,
    ...ROUTE_DEFAULTS,
    ...{ name: 'check path', kind: 'stream', mode: 'observe', serverTiming: false, via: null, upstream },
    matches: ({ path }: RoutedRequest) => path.includes(CHECK_PATH),
  });
  return Object.freeze({
    ...settings,
    upstreams: [...settings.upstreams, upstream],
    routes: [route, ...settings.routes],
  });
}
