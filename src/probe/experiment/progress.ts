import type { ExperimentProgress } from './options.ts';

/** Keeps count of what is done and what is left of a hop's experiments. */
export interface ProgressBook {
  /** Announces work; the function that comes back tells that it is done. */
  begin(doing: string, expectedMs: number): () => void;
  /** Work that is sure to come, though it has not begun. */
  foresee(ms: number): void;
}

export function createProgressBook(
  hop: string,
  parallel: number,
  nowMs: () => number,
  tell: (progress: ExperimentProgress) => void,
): ProgressBook {
  const open = new Map<number, { sinceMs: number; expectedMs: number }>();
  let last = 0;
  let done = 0;
  let foreseenMs = 0;

  function leftMs(): number {
    const left = [...open.values()].map(({ sinceMs, expectedMs }) =>
      Math.max(0, sinceMs + expectedMs - nowMs()),
    );
    const together = left.reduce((sum, ms) => sum + ms, 0) / parallel;
    return Math.max(together, ...left) + foreseenMs;
  }

  return {
    begin(doing, expectedMs) {
      const id = ++last;
      open.set(id, { sinceMs: nowMs(), expectedMs });
      const say = (): void => tell({ hop, doing, done, of: last, leftMs: Math.round(leftMs()) });
      say();
      return () => {
        if (open.delete(id)) done += 1;
        say();
      };
    },
    foresee(ms) {
      foreseenMs = ms;
    },
  };
}
