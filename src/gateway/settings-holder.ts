import type { Exchange } from './exchange.ts';
import type { Transports } from './forward.ts';
import type { GatewaySettings } from './options.ts';
import { createOrdinaryTransport } from './ordinary.ts';
import { createUpgradeTransport } from './upgrade.ts';

/** Settings, and the ways to the upstream that they lead to. */
interface Generation {
  readonly settings: GatewaySettings;
  readonly transports: Transports;
  /** Exchanges under way. */
  open: number;
}

/**
 * The settings in force, which can be replaced while exchanges are under way: those keep the ones that they began with,
 * and the connections made for them are closed when the last of them is over.
 */
export class ReloadableSettings {
  #current: Generation;
  readonly #all = new Map<GatewaySettings, Generation>();

  constructor(settings: GatewaySettings) {
    this.#current = this.#begin(settings);
  }

  get current(): GatewaySettings {
    return this.#current.settings;
  }

  transportsOf(exchange: Exchange): Transports {
    return (this.#all.get(exchange.settings) ?? this.#current).transports;
  }

  replace(settings: GatewaySettings): void {
    const before = this.#current;
    this.#current = this.#begin(settings);
    this.#retire(before);
  }

  began(exchange: Exchange): void {
    const generation = this.#all.get(exchange.settings);
    if (generation !== undefined) generation.open++;
  }

  ended(exchange: Exchange): void {
    const generation = this.#all.get(exchange.settings);
    if (generation === undefined) return;
    generation.open--;
    this.#retire(generation);
  }

  /** Closes every connection to an upstream that is kept for later. */
  async close(): Promise<void> {
    await Promise.all([...this.#all.values()].map(({ transports }) => transports.ordinary.close()));
  }

  #begin(settings: GatewaySettings): Generation {
    const transports = {
      ordinary: createOrdinaryTransport(settings),
      upgrade: createUpgradeTransport(settings),
    };
    const generation = { settings, transports, open: 0 };
    this.#all.set(settings, generation);
    return generation;
  }

  #retire(generation: Generation): void {
    if (generation === this.#current || generation.open > 0) return;
    this.#all.delete(generation.settings);
    // What has just ended may not have given its connection back yet.
    setImmediate(() => void generation.transports.ordinary.close());
  }
}

/** Options whose change takes a restart: what they set is made once. */
const MADE_ONCE = ['listen', 'admin', 'maxConnections', 'tlsCert', 'tlsKey'] as const;

/** Names of the options that differ between two settings and cannot be changed while the gateway runs. */
export function needRestart(before: GatewaySettings, after: GatewaySettings): string[] {
  return MADE_ONCE.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
