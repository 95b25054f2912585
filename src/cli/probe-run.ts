import type { ObserveProgress } from '../probe/observe.ts';
import { type Report, VERDICTS } from '../types.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { startProgress } from './progress.ts';

/** A run that could not judge is tried again so often, with --repeat. */
const MOST_RETRIES = 3;

/** One measured run: the report, and whatever the caller keeps with it. */
export interface Measured {
  report: Report;
}

/** What a run gets: its end, and where to tell how far it is. */
export interface RunContext {
  signal: AbortSignal;
  onProgress: (progress: ObserveProgress) => void;
}

/**
 * Measures `repeat` times, with a progress line, until Ctrl-C. Runs that could not judge (exit code 3) are tried again a
 * few times; the others count for the majority.
 */
export async function measureRepeatedly<T extends Measured>(
  repeat: number,
  run: (context: RunContext) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const progress = startProgress();
  const counted: T[] = [];
  const unsure: T[] = [];
  try {
    while (counted.length + Math.max(0, unsure.length - MOST_RETRIES) < repeat && !interrupt.signal.aborted) {
      const measured = await run({ signal: interrupt.signal, onProgress: progress.update });
      const again = repeat > 1 && exitCodeOf(measured.report) === EXIT.unknown;
      (again ? unsure : counted).push(measured);
    }
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
  return byMajority(counted.length > 0 ? counted : unsure);
}

/** The run whose verdict most runs agree on; of equally many, the worse verdict's. */
function byMajority<T extends Measured>(runs: T[]): T {
  const votes = ({ report }: T): number =>
    runs.filter((other) => other.report.verdict === report.verdict).length;
  const ranked = [...runs].sort(
    (a, b) => votes(b) - votes(a) || VERDICTS.indexOf(a.report.verdict) - VERDICTS.indexOf(b.report.verdict),
  );
  const best = ranked[0];
  if (best === undefined) throw new Error('interrupted before anything was measured');
  if (runs.length === 1) return best;
  const note = `${votes(best)} of ${runs.length} runs came to this verdict`;
  return { ...best, report: { ...best.report, warnings: [...best.report.warnings, note] } };
}
