import { isDeepStrictEqual } from 'node:util';
import { startHealthChecks } from './health-check.ts';
import type { UpstreamSettings } from './options.ts';
import { Upstream, type UpstreamEvents } from './upstream.ts';

/** All upstreams of a gateway, and their health checks. */
export class Upstreams {
  /** Those that are no longer in force as well, for as long as a request has them. */
  readonly #ofSettings = new WeakMap<UpstreamSettings, Upstream>();
  readonly #events: UpstreamEvents;
  #current: readonly Upstream[] = [];
  readonly #stops = new Map<Upstream, () => void>();
  #isRunning = false;

  constructor(settings: readonly UpstreamSettings[], events: UpstreamEvents) {
    this.#events = events;
    this.replace(settings);
  }

  of(settings: UpstreamSettings): Upstream {
    const upstream = this.#ofSettings.get(settings);
    if (upstream === undefined) throw new Error(`no upstream ${settings.name}`);
    return upstream;
  }

  /** The one that has this name now; the one of these settings where none has it any more. */
  successorOf(settings: UpstreamSettings): Upstream {
    const upstream = this.of(settings);
    if (this.#current.includes(upstream)) return upstream;
    return this.#current.find((one) => one.settings.name === settings.name) ?? upstream;
  }

  /** Puts others in force. What is known of targets that stay is kept: health, sessions, requests under way. */
  replace(settings: readonly UpstreamSettings[]): void {
    const before = this.#current;
    this.#current = settings.map((one) => {
      const sameName = before.find((upstream) => upstream.settings.name === one.name) ?? null;
      const isSame = sameName !== null && isDeepStrictEqual(sameName.settings, one);
      const upstream = isSame ? sameName : new Upstream(one, this.#events, sameName);
      this.#ofSettings.set(one, upstream);
      return upstream;
    });
    if (this.#isRunning) this.start();
  }

  /** Begins the health checks of those that are in force, and ends those of others. */
  start(): void {
    this.#isRunning = true;
    for (const [upstream, stop] of this.#stops)
      if (!this.#current.includes(upstream)) {
        stop();
        this.#stops.delete(upstream);
      }
    for (const upstream of this.#current)
      if (!this.#stops.has(upstream)) this.#stops.set(upstream, startHealthChecks(upstream));
  }

  stop(): void {
    this.#isRunning = false;
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  /** Takes over where another process of the same gateway has seen a session. */
  learn({ upstream, key, address }: { upstream: string; key: string; address: string }): void {
    for (const one of this.#current) if (one.settings.name === upstream) one.learn(key, address);
  }
}
