import { LIMITS } from '../limits.ts';

/** Which target has which session; the ones not heard of for longest are forgotten first. */
export class StickyTable {
  readonly #targets = new Map<string, number>();

  /** The index of the target, or undefined. */
  get(key: string): number | undefined {
    const index = this.#targets.get(key);
    if (index !== undefined) {
      this.#targets.delete(key);
      this.#targets.set(key, index);
    }
    return index;
  }

  /** Returns false when it was known already, or is too long to be kept. */
  learn(key: string, index: number): boolean {
    if (key.length > LIMITS.stickyKeyCharacters) return false;
    const isNews = this.#targets.get(key) !== index;
    this.#targets.delete(key);
    this.#targets.set(key, index);
    if (this.#targets.size > LIMITS.stickyKeys) {
      const [oldest] = this.#targets.keys();
      if (oldest !== undefined) this.#targets.delete(oldest);
    }
    return isNews;
  }
}
