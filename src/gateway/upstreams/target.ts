import type { EjectionOptions, UpstreamTarget } from './options.ts';

/** One target, and what is known of it now. */
export class Target {
  readonly at: UpstreamTarget;
  /** Its place in the upstream's list. */
  readonly index: number;
  /** Requests under way to it. */
  open = 0;
  /** What the health checks say; true where there are none. */
  isHealthy = true;
  #failures = 0;
  /** On the clock of `performance.now()`; 0: not taken out. */
  #outUntilMs = 0;

  constructor(at: UpstreamTarget, index: number) {
    this.at = at;
    this.index = index;
  }

  /** Is it one that requests may go to? */
  get isAvailable(): boolean {
    return this.isHealthy && !this.isEjected;
  }

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
