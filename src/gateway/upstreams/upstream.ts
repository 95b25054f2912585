import type { Logger } from 'pino';
import type { UpstreamSettings } from './options.ts';
import { rendezvous } from './rendezvous.ts';
import { StickyTable } from './sticky-table.ts';
import { Target, takeTurn } from './target.ts';

/** What an upstream tells others. */
export interface UpstreamEvents {
  /** A target can be used that could not be before. */
  onAvailable(): void;
  /** A session was seen to live on a target; for the other processes that serve the same address. */
  onLearned(upstream: string, key: string, address: string): void;
  /** The one in force now. */
  readonly logger: Logger;
}

/** What a request is chosen a target for. */
export interface Chooser {
  /** Of the field that `sticky` goes by; null: it is not there, or nothing goes by it. */
  key: string | null;
  isStream: boolean;
  /** Targets that have refused it. */
  tried: readonly Target[];
}

/** The targets of one upstream, and the choice among them. */
export class Upstream {
  readonly settings: UpstreamSettings;
  readonly targets: readonly Target[];
  readonly #events: UpstreamEvents;
  readonly #sticky: StickyTable | null;

  /** `before` is the upstream that had the name until now: what is known of targets that stay is kept. */
  constructor(settings: UpstreamSettings, events: UpstreamEvents, before: Upstream | null = null) {
    this.settings = settings;
    this.targets = settings.targets.map((at) => new Target(at, before?.find(at.address)?.state));
    this.#events = events;
    this.#sticky =
      settings.stickyHeader === null ? null : (before?.sessionsBy(settings) ?? new StickyTable());
    if (settings.healthCheck === null) for (const { state } of this.targets) state.isHealthy = true;
  }

  find(address: string): Target | undefined {
    return this.targets.find(({ at }) => at.address === address);
  }

  /** The table of sessions, where they go by the same field. */
  sessionsBy({ stickyHeader }: UpstreamSettings): StickyTable | null {
    return stickyHeader === this.settings.stickyHeader ? this.#sticky : null;
  }

  /** The target for a request, or null when none can be used. */
  choose({ key, isStream, tried }: Chooser): Target | null {
    const fit = this.targets.filter((target) => target.isAvailable && !tried.includes(target));
    if (fit.length < 2) return fit[0] ?? null;
    if (this.#sticky !== null && key !== null && key !== '') {
      const known = this.#sticky.get(key);
      return fit.find(({ at }) => at.address === known) ?? rendezvous(key, fit);
    }
    // Whoever has as few as the others takes turns with them.
    return takeTurn(this.settings.balance === 'least-streams' ? leastLoaded(fit, isStream) : fit);
  }

  /** Books a failed request. */
  failed(target: Target, why: string): void {
    const { ejection, name } = this.settings;
    if (ejection === null || !target.state.failed(ejection)) return;
    // What remains, remains: failures are a guess, and no target at all is worse than one that may be ill.
    if (!this.targets.some((other) => other !== target && other.isAvailable)) return;
    target.state.eject(ejection.forMs);
    this.#events.logger.warn(
      { upstream: name, target: target.at.origin, forMs: ejection.forMs, why },
      'target taken out',
    );
  }

  /** Books the head of an answer, and where the session in it lives. */
  answered(target: Target, status: number, session: string | null): void {
    if (status >= 500) this.failed(target, `status ${status}`);
    else target.state.succeeded();
    if (session === null || session === '' || this.#sticky === null) return;
    if (this.#sticky.learn(session, target.at.address))
      this.#events.onLearned(this.settings.name, session, target.at.address);
  }

  /** What another process has learned. */
  learn(key: string, address: string): void {
    const target = this.find(address);
    if (target !== undefined) this.#sticky?.learn(key, target.at.address);
  }

  /** What a health check has found out. */
  setHealthy(target: Target, isHealthy: boolean, why: string): void {
    if (target.state.isHealthy === isHealthy) return;
    target.state.isHealthy = isHealthy;
    const said = { upstream: this.settings.name, target: target.at.origin, why };
    if (isHealthy) {
      this.#events.logger.info(said, 'target healthy');
      this.#events.onAvailable();
    } else this.#events.logger.warn(said, 'target unhealthy');
  }
}

/**
 * Those that have the least for their weight. A stream goes by streams, then by other requests; any other request by
 * those alone: streams last, and whoever has one stream less would get all of the others until that changes.
 */
function leastLoaded(targets: readonly Target[], isStream: boolean): readonly Target[] {
  const streams = ({ at, state }: Target): number => state.streams / at.weight;
  const requests = ({ at, state }: Target): number => state.requests / at.weight;
  return least(isStream ? least(targets, streams) : targets, requests);
}

function least(targets: readonly Target[], load: (target: Target) => number): readonly Target[] {
  const fewest = Math.min(...targets.map(load));
  return targets.filter((target) => load(target) === fewest);
}
