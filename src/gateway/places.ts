import { clientKey } from './address-set.ts';
import type { Fault } from './errors.ts';

/** How many streams there may be at a time; null: any number. */
export interface StreamLimits {
  readonly maxStreams: number | null;
  /** Of one client address. */
  readonly maxStreamsPerClient: number | null;
}

/** A place among the streams, and what it is counted by. */
export interface Place {
  readonly route: string;
  /** Null where clients are not counted. */
  readonly client: string | null;
}

/**
 * Gives places to streams: in all, on each route, and for each client address of both. Routes go by their names, so that
 * counts outlast a change of the options; clients are counted only while something limits them.
 */
export class Places {
  readonly #limits: () => StreamLimits;
  #all = 0;
  readonly #routes = new Map<string, number>();
  readonly #clients = new Map<string, number>();
  /** By route and client. */
  readonly #clientsOfRoutes = new Map<string, number>();
  /** One for each route, for all streams whose clients are not counted. */
  readonly #shared = new Map<string, Place>();

  /** `limits` is asked for each stream: those of the gateway as a whole. */
  constructor(limits: () => StreamLimits) {
    this.#limits = limits;
  }

  /** Takes a place, or says why there is none. */
  take(route: StreamLimits & { readonly name: string }, client: string): Place | Fault {
    const limits = this.#limits();
    if (isFull(this.#all, limits.maxStreams)) return 'stream-limit';
    if (isFull(this.#routes.get(route.name) ?? 0, route.maxStreams)) return 'route-stream-limit';
    const place = this.#placeFor(route, client, limits);
    if (place.client !== null) {
      const ofAll = this.#clients.get(place.client) ?? 0;
      const ofRoute = this.#clientsOfRoutes.get(both(place)) ?? 0;
      if (isFull(ofAll, limits.maxStreamsPerClient) || isFull(ofRoute, route.maxStreamsPerClient))
        return 'client-stream-limit';
    }
    this.#count(place, 1);
    return place;
  }

  /** Gives a place back; once for each. */
  release(place: Place): void {
    this.#count(place, -1);
  }

  #placeFor(route: StreamLimits & { readonly name: string }, client: string, limits: StreamLimits): Place {
    // All that come over a unix socket have the same address: none.
    if (client !== '' && (limits.maxStreamsPerClient !== null || route.maxStreamsPerClient !== null))
      return { route: route.name, client: clientKey(client) };
    let place = this.#shared.get(route.name);
    if (place === undefined) {
      place = { route: route.name, client: null };
      this.#shared.set(route.name, place);
    }
    return place;
  }

  #count(place: Place, change: 1 | -1): void {
    this.#all += change;
    add(this.#routes, place.route, change);
    if (place.client === null) return;
    add(this.#clients, place.client, change);
    add(this.#clientsOfRoutes, both(place), change);
  }
}

const isFull = (count: number, most: number | null): boolean => most !== null && count >= most;

const both = ({ route, client }: Place): string => `${client} ${route}`;

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
