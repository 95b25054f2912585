import { publish } from './channels.ts';
import type { ClientServers } from './client-servers.ts';
import { type Drain, startDrain } from './drain.ts';
import type { Exchange } from './exchange.ts';
import type { GatewaySettings } from './options.ts';
import { lastWriteMs } from './running-gateway.ts';

/** What is shut down. */
export interface ShutdownHost {
  readonly open: ReadonlySet<Exchange>;
  readonly settings: GatewaySettings;
  readonly servers: ClientServers;
  /** No connection is taken any more: whatever helped new requests on their way may end. */
  closing(): void;
  /** Every connection of a client is closed. */
  closed(): Promise<void>;
}

/** The end of a gateway: no new connections, streams ended between two events, the rest broken off. */
export class Shutdown {
  readonly #host: ShutdownHost;
  #over: Promise<void> | null = null;
  #drain: Drain | null = null;
  #endWait: () => void = () => {};

  constructor(host: ShutdownHost) {
    this.#host = host;
  }

  get hasBegun(): boolean {
    return this.#over !== null;
  }

  /** Begins it; a second call ends the wait. Resolves when every connection is closed. */
  begin(): Promise<void> {
    if (this.#over === null) this.#over = this.#run();
    else this.#endWait();
    return this.#over;
  }

  began(exchange: Exchange): void {
    this.#drain?.add(exchange);
  }

  settled(exchange: Exchange): void {
    this.#drain?.remove(exchange);
    if (!this.hasBegun) return;
    const { open, servers } = this.#host;
    if (open.size === 0 && this.#drain !== null) this.#endWait();
    setImmediate(() => servers.closeIdle());
  }

  async #run(): Promise<void> {
    const { open, servers, settings } = this.#host;
    const { drainTimeoutMs, drainDelayMs, drainRetryMs, slowClientTimeoutMs, logger } = settings;
    const { size } = open;
    logger.info({ open: size, drainDelayMs, drainTimeoutMs }, 'draining');
    publish('unclog:gateway:drain', () => ({ open: size, delayMs: drainDelayMs, timeoutMs: drainTimeoutMs }));
    // A second signal ends both waits.
    const isOver = drainDelayMs > 0 && (await this.#wait(drainDelayMs)) === 'ended';
    const closed = servers.close();
    this.#host.closing();
    const drain = startDrain({ timeoutMs: drainTimeoutMs, retryMs: drainRetryMs, random: Math.random });
    this.#drain = drain;
    for (const exchange of open) drain.add(exchange);
    if (!isOver && open.size > 0) await this.#wait(drainTimeoutMs);
    drain.end();
    // What was written last may still be on its way to slow readers; that has its own bound.
    const late = setTimeout(() => servers.destroyAll(), lastWriteMs(slowClientTimeoutMs));
    await closed;
    clearTimeout(late);
    await this.#host.closed();
  }

  #wait(forMs: number): Promise<'over' | 'ended'> {
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve('over'), forMs);
      this.#endWait = () => {
        clearTimeout(late);
        resolve('ended');
      };
    });
  }
}
