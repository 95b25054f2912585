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
    return (this.#all.get(exchange.inForce) ?? this.#current).transports;
  }

  replace(settings: GatewaySettings): void {
    const before = this.#current;
    this.#current = this.#begin(settings);
    this.#retire(before);
  }

  began(exchange: Exchange): void {
    const generation = this.#all.get(exchange.inForce);
    if (generation !== undefined) generation.open++;
  }

  ended(exchange: Exchange): void {
    const generation = this.#all.get(exchange.inForce);
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
      ordinary: createOrdinaryTransport(),
      upgrade: createUpgradeTransport(),
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

/** Settings whose change takes a restart: what they set is made once. */
const MADE_ONCE = ['admin', 'maxConnections', 'maxRequestHeadBytes', 'check'] as const;

/** Names of the options that differ between two settings and cannot be changed while the gateway runs. */
export function needRestart(before: GatewaySettings, after: GatewaySettings): string[] {
  const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const listens = ({ listeners }: GatewaySettings) => listeners.map(({ listen }) => listen);
  const files = ({ listeners }: GatewaySettings, name: 'certFile' | 'keyFile') =>
    listeners.map(({ tls }) => tls?.[name]);
  return [
    ...(differ(listens(before), listens(after)) ? ['listen'] : []),
    ...(differ(files(before, 'certFile'), files(after, 'certFile')) ? ['tlsCert'] : []),
    ...(differ(files(before, 'keyFile'), files(after, 'keyFile')) ? ['tlsKey'] : []),
    ...MADE_ONCE.filter((name) => differ(before[name], after[name])).map((name) =>
      name.replace(/Bytes$/, ''),
    ),
  ];
}

/** The settings that a reload leads to. */
export function keepMadeOnce(before: GatewaySettings, after: GatewaySettings): GatewaySettings {
  const { listeners, admin, maxConnections, maxRequestHeadBytes, check } = before;
  return { ...after, listeners, admin, maxConnections, maxRequestHeadBytes, check };
}
