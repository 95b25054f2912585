/** So many at once, and so many a second in the long run: a token bucket. */
export class Allowance {
  readonly #burst: number;
  readonly #perMs: number;
  #left: number;
  #atMs = performance.now();

  constructor(burst: number, perS: number) {
    this.#burst = burst;
    this.#perMs = perS / 1_000;
    this.#left = burst;
  }

  /** Takes one; false when there is none left. */
  take(): boolean {
    const nowMs = performance.now();
    this.#left = Math.min(this.#burst, this.#left + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
