import type { Logger } from 'pino';
import type { UpstreamSettings } from './options.ts';
import { rendezvous } from './rendezvous.ts';
import { StickyTable } from './sticky-table.ts';
import { Target } from './target.ts';

/** What an upstream tells others. */
export interface UpstreamEvents {
  /** A target can be used that could not be before. */
  onAvailable(): void;
  /** A session was seen to live on a target; for the other processes that serve the same address. */
  onLearned(upstream: string, key: string, index: number): void;
  readonly logger: Logger;
}

/** The targets of one upstream, and the choice among them. */
export class Upstream {
  readonly settings: UpstreamSettings;
  readonly targets: readonly Target[];
  readonly #events: UpstreamEvents;
  readonly #sticky: StickyTable | null;
  #turn = 0;

  constructor(settings: UpstreamSettings, events: UpstreamEvents) {
    this.settings = settings;
    this.targets = settings.targets.map((at, index) => new Target(at, index));
    this.#events = events;
    this.#sticky = settings.stickyHeader === null ? null : new StickyTable();
  }

  /** The target for the next request, or null when none can be used. `tried` ones are left out. */
  choose(key: string | null, tried: readonly Target[]): Target | null {
    const fit = this.targets.filter((target) => target.isAvailable && !tried.includes(target));
    if (fit.length < 2) return fit[0] ?? null;
    if (this.#sticky !== null && key !== null && key !== '') {
      const known = this.#sticky.get(key);
      return fit.find(({ index }) => index === known) ?? rendezvous(key, fit);
    }
    // Whoever has the same count takes turns.
    const fewest =
      this.settings.balance === 'least-streams' ? Math.min(...fit.map(({ open }) => open)) : null;
    const equal = fewest === null ? fit : fit.filter(({ open }) => open === fewest);
    const last = tried.at(-1);
    if (last === undefined) return equal[this.#turn++ % equal.length] ?? null;
    return equal.find(({ index }) => index > last.index) ?? equal[0] ?? null;
  }

  /** Books a failed request. */
  failed(target: Target, why: string): void {
    const { ejection, name } = this.settings;
    if (ejection === null || !target.failed(ejection)) return;
    // What remains, remains: failures are a guess, and no target at all is worse than one that may be ill.
    if (!this.targets.some((other) => other !== target && other.isAvailable)) return;
    target.eject(ejection.forMs);
    this.#events.logger.warn(
      { upstream: name, target: target.at.origin, forMs: ejection.forMs, why },
      'target taken out',
    );
  }

  /** Books the head of an answer, and where the session in it lives. */
  answered(target: Target, status: number, session: string | null): void {
    if (status >= 500) this.failed(target, `status ${status}`);
    else target.succeeded();
    if (session === null || session === '' || this.#sticky === null) return;
    if (this.#sticky.learn(session, target.index))
      this.#events.onLearned(this.settings.name, session, target.index);
  }

  /** What another process has learned. */
  learn(key: string, index: number): void {
    if (index < this.targets.length) this.#sticky?.learn(key, index);
  }

  /** What a health check has found out. */
  setHealthy(target: Target, isHealthy: boolean, why: string): void {
    if (target.isHealthy === isHealthy) return;
    target.isHealthy = isHealthy;
    const said = { upstream: this.settings.name, target: target.at.origin, why };
    if (isHealthy) {
      this.#events.logger.info(said, 'target healthy');
      this.#events.onAvailable();
    } else this.#events.logger.warn(said, 'target unhealthy');
  }
}
