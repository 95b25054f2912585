import { LIMITS } from '../limits.ts';

/** Which target has which session; the ones not heard of for longest are forgotten first. */
export class StickyTable {
  readonly #targets = new Map<string, string>();

  /** The address of the target, or undefined. */
  get(key: string): string | undefined {
    const address = this.#targets.get(key);
    if (address !== undefined) {
      this.#targets.delete(key);
      this.#targets.set(key, address);
    }
    return address;
  }

  /** Returns false when it was known already, or is too long to be kept. */
  learn(key: string, address: string): boolean {
    if (key.length > LIMITS.stickyKeyCharacters) return false;
    const isNews = this.#targets.get(key) !== address;
    this.#targets.delete(key);
    this.#targets.set(key, address);
    if (this.#targets.size > LIMITS.stickyKeys) {
      const [oldest] = this.#targets.keys();
      if (oldest !== undefined) this.#targets.delete(oldest);
    }
    return isNews;
  }
}
