import type { Writable } from 'node:stream';
import { type AgeWatch, type Aging, watchAge } from './age-clock.ts';
import { GatewayError } from './errors.ts';
import { type QuietStream, type QuietWatch, watchQuiet } from './quiet-clock.ts';
import type { RouteSettings } from './routes.ts';

/** What is bounded, and how it is ended. */
interface BoundedExchange {
  readonly settings: Pick<RouteSettings, 'maxAgeMs' | 'idleTimeoutMs'>;
  readonly isSettled: boolean;
  readonly headSent: boolean;
  /** Bytes that have come from the upstream. */
  payloadBytes: () => number;
  readonly out: Writable;
  breakOff(outcome: TimeOutcome, detail: string): void;
  fail(error: unknown): void;
  abortUpstream: () => void;
}

type TimeOutcome = 'max-age' | 'idle-timeout';

/** Bounds the exchange's age from here on, where its route says so; null where it does not. */
export function boundAge(exchange: BoundedExchange): AgeWatch | null {
  const { maxAgeMs } = exchange.settings;
  return maxAgeMs === null ? null : watchAge(new BoundedAge(exchange), maxAgeMs);
}

/** Bounds the upstream's silence from here on, where the route says so; null where it does not. */
export function boundSilence(exchange: BoundedExchange): QuietWatch | null {
  const { idleTimeoutMs } = exchange.settings;
  return idleTimeoutMs === null ? null : watchQuiet(new BoundedSilence(exchange), idleTimeoutMs);
}

class BoundedAge implements Aging {
  readonly #exchange: BoundedExchange;

  constructor(exchange: BoundedExchange) {
    this.#exchange = exchange;
  }

  onAged(): void {
    endInTime(this.#exchange, 'max-age', `older than ${this.#exchange.settings.maxAgeMs} ms`);
  }
}

/** While the client does not read, the upstream is not read either, and its silence says nothing. */
class BoundedSilence implements QuietStream {
  readonly #exchange: BoundedExchange;

  constructor(exchange: BoundedExchange) {
    this.#exchange = exchange;
  }

  /** Not equal to itself while the client is behind. */
  get progress(): number {
    const { out } = this.#exchange;
    return out.writableNeedDrain ? Number.NaN : this.#exchange.payloadBytes();
  }

  get isOver(): boolean {
    return this.#exchange.isSettled;
  }

  onQuiet(): boolean {
    const exchange = this.#exchange;
    const { progress } = this;
    // After a process that stood still, timers come before what has arrived meanwhile.
    setImmediate(() => {
      const { idleTimeoutMs } = exchange.settings;
      if (this.progress === progress)
        endInTime(exchange, 'idle-timeout', `no byte from the upstream for ${idleTimeoutMs} ms`);
    });
    return true;
  }
}

function endInTime(exchange: BoundedExchange, outcome: TimeOutcome, detail: string): void {
  if (exchange.isSettled) return;
  if (exchange.headSent) exchange.breakOff(outcome, detail);
  else exchange.fail(new GatewayError('response-timeout', detail));
  exchange.abortUpstream();
}
