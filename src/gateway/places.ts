import { clientKey } from './address-set.ts';
import type { Fault } from './errors.ts';

/** How many streams there may be at a time; null: any number. */
export interface StreamLimits {
  readonly maxStreams: number | null;
  /** Of one client address. */
  readonly maxStreamsPerClient: number | null;
}

/** Streams that are counted together. */
interface Tally {
  count: number;
}

/** A place among the streams, and what it is counted by. */
export interface Place {
  readonly route: RouteTally;
  /** Null where clients are not counted. */
  readonly client: ClientTally | null;
}

interface RouteTally extends Tally {
  readonly name: string;
  readonly clients: Map<string, Tally>;
  /** For all its streams whose clients are not counted. */
  readonly shared: Place;
}

interface ClientTally {
  readonly key: string;
  /** On all routes, and on this one. */
  readonly all: Tally;
  readonly ofRoute: Tally;
}

/**
 * Gives places to streams: in all, on each route, and for each client address of both. Routes go by their names, so that
 * counts outlast a change of the options; clients are counted only while something limits them.
 */
export class Places {
  readonly #limits: () => StreamLimits;
  #all = 0;
  readonly #routes = new Map<string, RouteTally>();
  readonly #clients = new Map<string, Tally>();

  /** `limits` is asked for each stream: those of the gateway as a whole. */
  constructor(limits: () => StreamLimits) {
    this.#limits = limits;
  }

  /** Takes a place, or says why there is none. */
  take(asked: StreamLimits & { readonly name: string }, address: string): Place | Fault {
    const limits = this.#limits();
    if (isFull(this.#all, limits.maxStreams)) return 'stream-limit';
    const route = this.#routeOf(asked.name);
    if (isFull(route.count, asked.maxStreams)) return 'route-stream-limit';
    // All that come over a unix socket have the same address: none.
    const counts = address !== '' && (limits.maxStreamsPerClient ?? asked.maxStreamsPerClient) !== null;
    const client = counts ? this.#clientOf(route, clientKey(address)) : null;
    if (client !== null) {
      const isClientFull =
        isFull(client.all.count, limits.maxStreamsPerClient) ||
        isFull(client.ofRoute.count, asked.maxStreamsPerClient);
      // What has a count of nought is kept nowhere.
      if (isClientFull) return 'client-stream-limit';
      if (client.all.count++ === 0) this.#clients.set(client.key, client.all);
      if (client.ofRoute.count++ === 0) route.clients.set(client.key, client.ofRoute);
    }
    this.#all++;
    route.count++;
    return client === null ? route.shared : { route, client };
  }

  /** Gives a place back; once for each. */
  release({ route, client }: Place): void {
    this.#all--;
    route.count--;
    if (client === null) return;
    if (--client.all.count === 0) this.#clients.delete(client.key);
    if (--client.ofRoute.count === 0) route.clients.delete(client.key);
  }

  /** Kept from the first stream on: there are no more of them than names in the options. */
  #routeOf(name: string): RouteTally {
    const known = this.#routes.get(name);
    if (known !== undefined) return known;
    const route: RouteTally = {
      name,
      count: 0,
      clients: new Map(),
      get shared() {
        return shared;
      },
    };
    const shared: Place = { route, client: null };
    this.#routes.set(name, route);
    return route;
  }

  #clientOf(route: RouteTally, key: string): ClientTally {
    return {
      key,
      all: this.#clients.get(key) ?? { count: 0 },
      ofRoute: route.clients.get(key) ?? { count: 0 },
    };
  }
}

const isFull = (count: number, most: number | null): boolean => most !== null && count >= most;
