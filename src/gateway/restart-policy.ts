/** A worker that served for less than this before it died counts toward the delay of the next. */
const QUICK_DEATH_MS = 10_000;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;
/** Quick deaths in a row after which there is no use in going on, if nobody serves any more. */
const MOST_QUICK_DEATHS = 8;

/** When to replace a worker that died. */
export interface RestartPolicy {
  /**
   * Books a death after `servedMs` of serving (0: it never listened). Returns the delay of its replacement in
   * milliseconds, or null to give up: `others` says how many workers still serve.
   */
  died(servedMs: number, others: number): number | null;
}

/** The first replacement comes at once; workers that die quickly, one after the other, are replaced ever more slowly. */
export function createRestartPolicy(): RestartPolicy {
  let quickDeaths = 0;
  return {
    died(servedMs, others) {
      if (servedMs >= QUICK_DEATH_MS) {
        quickDeaths = 0;
        return 0;
      }
      quickDeaths++;
      if (others === 0 && quickDeaths >= MOST_QUICK_DEATHS) return null;
      if (quickDeaths === 1) return 0;
      return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (quickDeaths - 2));
    },
  };
}
