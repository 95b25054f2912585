import type { EjectionOptions, UpstreamTarget } from './options.ts';

/** What is known of a server; outlasts a change of the options as long as its address stays the same. */
export class TargetState {
  /** Streams under way to it, counted as `/streams` does: requests on stream routes, websockets, stream answers. */
  streams = 0;
  /** All other requests under way to it. */
  requests = 0;
  /** What the health checks say; true where there are none. */
  isHealthy = true;
  #failures = 0;
  /** On the clock of `performance.now()`; 0: not taken out. */
  #outUntilMs = 0;

  get isEjected(): boolean {
    return this.#outUntilMs !== 0 && performance.now() < this.#outUntilMs;
  }

  /** It has answered, and well. */
  succeeded(): void {
    this.#failures = 0;
    this.#outUntilMs = 0;
  }

  /** It has failed a request. Returns true when that was one too many. */
  failed(ejection: Required<EjectionOptions>): boolean {
    this.#failures++;
    return this.#failures >= ejection.failures && !this.isEjected;
  }

  eject(forMs: number): void {
    this.#outUntilMs = performance.now() + forMs;
  }
}

/** One target of an upstream. */
export class Target {
  readonly at: UpstreamTarget;
  readonly state: TargetState;
  /** How far its turn has come, see {@link takeTurn}. */
  turn = 0;

  constructor(at: UpstreamTarget, state = new TargetState()) {
    this.at = at;
    this.state = state;
  }

  /** Is it one that requests may go to? */
  get isAvailable(): boolean {
    return this.state.isHealthy && !this.state.isEjected;
  }
}

/**
 * Each in turn, as often as its weight says and evenly spread: each turn brings a target as far as its weight, and throws
 * the one that is the farthest back by all weights together. Source: the commit that brought it to nginx,
 * https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1.
 */
export function takeTurn(targets: readonly Target[]): Target | null {
  let next: Target | null = null;
  let total = 0;
  for (const target of targets) {
    total += target.at.weight;
    target.turn += target.at.weight;
    if (next === null || target.turn > next.turn) next = target;
  }
  if (next !== null) next.turn -= total;
  return next;
}
