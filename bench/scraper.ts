/** Metrics are read so often while a gateway is measured. */
export const SCRAPE_EVERY_S = 2;
const READ_WITHIN_MS = 5_000;
/** So often at once at first: a process that runs for hours does not read its metrics with code that has never run. */
const FIRST_SCRAPES = 30;

/** Reads metrics as a monitoring system does; more often, so that it counts within a short run. */
export class Scraper {
  readonly #url: string;
  #timer: NodeJS.Timeout | undefined;
  #scrapes = 0;
  #failure: string | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  /** Has the code run that the metrics take, so that it is warm. */
  async warmUp(): Promise<void> {
    for (let i = 0; i < FIRST_SCRAPES && this.#failure === null; i++) await this.#scrape();
    this.#scrapes = 0;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#scrape(), SCRAPE_EVERY_S * 1_000);
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
      const answer = await fetch(this.#url, { signal: AbortSignal.timeout(READ_WITHIN_MS) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      if (!text.includes('unclog_')) throw new Error('none of ours among them');
      this.#scrapes++;
    } catch (error) {
      this.#failure ??= (error as Error).message;
    }
  }
}
