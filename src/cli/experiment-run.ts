import { MOST_IDLE_MS } from '../probe/experiment/idle.ts';
import { runExperiments } from '../probe/experiment/run-experiments.ts';
import type { ProbeOptions } from '../probe/run-probe.ts';
import type { ProbeTarget } from '../probe/targets.ts';
import type { Report } from '../types.ts';
import { startExperimentProgress } from './experiment-progress.ts';
import { parseDuration } from './units.ts';
import { UsageError } from './usage-error.ts';

/** What such a run takes at least and at most of a hop, with everything in order and with everything wrong. */
const REQUESTS = 'about 90 to 350';
const LEAST_IDLE_MS = 1_000;

/** Flags of `probe` that say what is sent: experiments say that themselves. */
export interface ExperimentFlags {
  experiment?: boolean | undefined;
  idle?: string | undefined;
  request?: string | undefined;
  data?: string | undefined;
  events?: string | undefined;
  sequential?: boolean | undefined;
  repeat: string;
}

/** `--idle` in ms, null where there is none. Refuses what does not go together. */
export function readExperimentFlags(flags: ExperimentFlags): { idleMs: number | null } {
  if (flags.experiment !== true) {
    if (flags.idle !== undefined) throw new UsageError('--idle needs --experiment beside it');
    return { idleMs: null };
  }
  const other = (
    [
      ['-X', flags.request],
      ['-d', flags.data],
      ['--events', flags.events],
      ['--sequential', flags.sequential],
    ] as const
  ).find(([, value]) => value !== undefined && value !== false);
  if (other !== undefined)
    throw new UsageError(
      `${other[0]} says what to send, and --experiment does that itself; leave one of them out`,
    );
  if (flags.repeat !== '1')
    throw new UsageError('--repeat is not for --experiment, which repeats what is in doubt by itself');
  if (flags.idle === undefined) return { idleMs: null };
  const idleMs = parseDuration('--idle', flags.idle);
  if (idleMs < LEAST_IDLE_MS || idleMs > MOST_IDLE_MS)
    throw new UsageError(`--idle: "${flags.idle}" is out of range, expected 1s to ${MOST_IDLE_MS / 1_000}s`);
  return { idleMs };
}

/** The first line says what is about to be sent, before it is sent. */
export function announceExperiments(targets: ProbeTarget[], idleMs: number | null): void {
  const hosts = targets.map(({ url }) => new URL(url).host).join(', ');
  const each = targets.length === 1 ? '' : ' for each hop';
  const time =
    idleMs === null ? 'under a minute' : `a minute, and ${Math.round(idleMs / 1_000)} s for --idle`;
  process.stderr.write(
    `sending ${REQUESTS} requests${each} to ${hosts}, at most 6 streams at a time: ${time}\n`,
  );
}

/** Runs the experiments until they are done or a signal comes. */
export async function measureExperiments(
  targets: ProbeTarget[],
  { sequential: _, ...options }: ProbeOptions,
  idleMs: number | null,
): Promise<Report> {
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const progress = startExperimentProgress();
  try {
    return await runExperiments(targets, {
      ...options,
      idleMs,
      signal: interrupt.signal,
      onProgress: progress.update,
    });
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
