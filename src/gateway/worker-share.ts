import type { GatewayOptions } from './options.ts';

/**
 * The options of one of so many workers, as they go over the wire. Counts of connections and streams in all are shared
 * out evenly, rounded up. A limit for each client address is not: connections are dealt out in turn whoever makes them,
 * and a share would refuse clients that are within their limit.
 */
export function shareOf(options: GatewayOptions, workers: number): Omit<GatewayOptions, 'logger' | 'admin'> {
  const { logger: _logger, admin: _admin, ...rest } = options;
  const share = (count: number | null | undefined): number | null =>
    count === null || count === undefined ? null : Math.ceil(count / workers);
  const shared = {
    ...rest,
    maxConnections: share(options.maxConnections),
    maxStreams: share(options.maxStreams),
    ...(options.routes !== undefined && {
      routes: options.routes.map((route) => ({ ...route, maxStreams: share(route.maxStreams) })),
    }),
  };
  // URLs become text.
  return JSON.parse(JSON.stringify(shared));
}
