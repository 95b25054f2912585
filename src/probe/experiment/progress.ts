import type { ExperimentProgress } from './options.ts';

/** Keeps count of what is done and what is left of a hop's experiments. */
export interface ProgressBook {
  /** Counts work that waits for its turn; the function that comes back says that it begins, and returns one for its end. */
  announce(expectedMs: number): (doing: string) => () => void;
  /** How long what is not known of yet will take, about; what was foreseen before is forgotten. */
  foresee(ms: number): void;
}

export function createProgressBook(
  hop: string,
  parallel: number,
  nowMs: () => number,
  tell: (progress: ExperimentProgress) => void,
): ProgressBook {
  const open = new Map<number, { sinceMs: number | null; expectedMs: number }>();
  let last = 0;
  let done = 0;
  let foreseenMs = 0;

  function leftMs(): number {
    const left = [...open.values()].map(({ sinceMs, expectedMs }) =>
      Math.max(0, sinceMs === null ? expectedMs : sinceMs + expectedMs - nowMs()),
    );
    const together = left.reduce((sum, ms) => sum + ms, 0) / parallel;
    return Math.max(together, ...left) + foreseenMs;
  }

  return {
    announce(expectedMs) {
      const id = ++last;
      const work: { sinceMs: number | null; expectedMs: number } = { sinceMs: null, expectedMs };
      open.set(id, work);
      return (doing) => {
        work.sinceMs = nowMs();
        const say = (): void => tell({ hop, doing, done, of: last, leftMs: Math.round(leftMs()) });
        say();
        return () => {
          if (open.delete(id)) done += 1;
          say();
        };
      };
    },
    foresee(ms) {
      foreseenMs = ms;
    },
  };
}
