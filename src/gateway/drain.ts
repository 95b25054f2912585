import type { Exchange } from './exchange.ts';

/**
 * When a stream is ended at shutdown, as shares of the time that there is: from the first on, so that answers that end
 * by themselves get time to; up to the second, so that there is time left to wait for the end of an event.
 */
export const DRAIN_FROM = 0.5;
export const DRAIN_UNTIL = 0.9;

/** How a gateway ends what is under way. */
export interface DrainOptions {
  /** Everything is over when this is. */
  timeoutMs: number;
  /** What clients are asked to wait before they connect again; null: they are not asked. */
  retryMs: number | null;
  /** Uniform in [0, 1). */
  random: () => number;
}

/** The end of what is under way, stream by stream. */
export interface Drain {
  /** Gives an exchange its deadline; for those that begin meanwhile, too. */
  add(exchange: Exchange): void;
  /** It is over. */
  remove(exchange: Exchange): void;
  /** Ends now all that is left. */
  end(): void;
}

/**
 * Ends each stream at a random moment of its own, where no event is begun: clients come back one by one, and none has
 * to throw half an event away. Requests that are no streams have all the time.
 */
export function startDrain({ timeoutMs, retryMs, random }: DrainOptions): Drain {
  const startMs = performance.now();
  const open = new Map<Exchange, NodeJS.Timeout>();
  const endSoon = (exchange: Exchange): void => {
    if (exchange.isSettled) return;
    if (exchange.unit === null || exchange.transport === null) exchange.drain();
    else exchange.transport.endAtBoundary(farewell(exchange, retryMs, random));
  };
  return {
    add(exchange) {
      exchange.transport?.prepareEnd();
      const share = DRAIN_FROM + (DRAIN_UNTIL - DRAIN_FROM) * random();
      const deadline = (): void => {
        if (exchange.isStream || exchange.route === 'upgrade') endSoon(exchange);
      };
      open.set(exchange, setTimeout(deadline, startMs + timeoutMs * share - performance.now()));
    },
    remove(exchange) {
      clearTimeout(open.get(exchange));
      open.delete(exchange);
    },
    end() {
      for (const exchange of [...open.keys()]) {
        // Where it is known that no event is begun, this is as good an end as any; the rest is broken off.
        if (exchange.isStream) endSoon(exchange);
        exchange.drain();
      }
    },
  };
}

/**
 * WHATWG HTML section 9.2.6: the line counts as soon as it is read. No empty line behind it: some clients take that for
 * an event, and fail on one without data; for the same reason only those get it that ask for nothing but events.
 */
function farewell({ unit, wantsEventsOnly }: Exchange, retryMs: number | null, random: () => number): string {
  if (retryMs === null || unit !== 'events' || !wantsEventsOnly) return '';
  return `retry: ${Math.round(retryMs * (0.5 + random() / 2))}\n`;
}
