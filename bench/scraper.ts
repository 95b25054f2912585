const EVERY_MS = 1_000;

/** Reads metrics as a monitoring system does; more often, so that it counts within a short run. */
export class Scraper {
  readonly #url: string;
  readonly #timer: NodeJS.Timeout;
  #scrapes = 0;
  #failure: string | null = null;

  constructor(url: string) {
    this.#url = url;
    void this.#scrape();
    this.#timer = setInterval(() => void this.#scrape(), EVERY_MS);
  }

  cancel(): void {
    clearInterval(this.#timer);
  }

  /** How often the metrics came. @throws Error when they once did not */
  stop(): number {
    this.cancel();
    if (this.#failure !== null) throw new Error(`the metrics could not be read: ${this.#failure}`);
    return this.#scrapes;
  }

  async #scrape(): Promise<void> {
    try {
      const answer = await fetch(this.#url, { signal: AbortSignal.timeout(5 * EVERY_MS) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      if (!text.includes('unclog_')) throw new Error('none of ours among them');
      this.#scrapes++;
    } catch (error) {
      this.#failure ??= (error as Error).message;
    }
  }
}
