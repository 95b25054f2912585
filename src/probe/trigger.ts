import { spawn } from 'node:child_process';
import type { TriggerRun } from '../types.ts';
import type { RunClock } from './clock.ts';
import type { ObserveProgress } from './observe.ts';

/** Runs of the command in one watch: enough for a percentile that means something. */
export const MOST_TRIGGERS = 5;
/** From the last response head, or event, to the next run: a stream must have come to rest. */
const REST_MS = 500;
/** A head that is late may be held until the first event: the trigger does not wait for it for ever. */
const HEAD_WAIT_MS = 3_000;
/** An event that did not come to every hop in this time is not waited for. */
const EVENT_WAIT_MS = 5_000;
const TICK_MS = 20;

/** Makes events happen in quiet streams, one at a time, while they are watched. */
export interface Trigger {
  /** To be told of every hop's progress. */
  readonly onProgress: (progress: ObserveProgress) => void;
  /** Ends it, with a command that is still running, and gives the times of all runs. */
  stop(): TriggerRun[];
}

/**
 * Starts to run `command` in the shell: first when every hop's head is there (or late), then again each time that an event
 * reached every hop, or did not in {@link EVENT_WAIT_MS}.
 *
 * @param hops number of streams that are watched at the same time
 */
export function startTrigger(command: string, hops: number, clock: RunClock): Trigger {
  const runs: TriggerRun[] = [];
  const states = new Map<string, ObserveProgress>();
  const startedMs = clock.nowMs();
  let changedMs = startedMs;
  let eventsBefore = new Map<string, number>();
  let running: ReturnType<typeof spawn> | null = null;

  const fire = (): void => {
    eventsBefore = new Map([...states.values()].map((state) => [state.hop, state.events]));
    const run: TriggerRun = { startMs: clock.nowMs(), endMs: null, exitCode: null };
    runs.push(run);
    // Its own process group, so that what the shell started ends with it.
    const child = spawn(command, { shell: true, stdio: 'ignore', detached: process.platform !== 'win32' });
    running = child;
    const done = (exitCode: number | null): void => {
      run.endMs ??= clock.nowMs();
      run.exitCode ??= exitCode;
      if (running === child) running = null;
    };
    child.once('error', () => done(127));
    child.once('exit', (code) => done(code ?? 1));
  };

  const timer = setInterval(() => {
    const nowMs = clock.nowMs();
    if (runs.length >= MOST_TRIGGERS || running !== null || nowMs - changedMs < REST_MS) return;
    const last = runs.at(-1);
    const all = (test: (state: ObserveProgress) => boolean): boolean =>
      states.size >= hops && [...states.values()].every(test);
    const ready =
      last === undefined
        ? all((state) => state.head) || nowMs - startedMs > HEAD_WAIT_MS
        : all((state) => state.events > (eventsBefore.get(state.hop) ?? 0)) ||
          nowMs - last.startMs > EVENT_WAIT_MS;
    if (ready) fire();
  }, TICK_MS);

  return {
    onProgress: (progress) => {
      states.set(progress.hop, progress);
      changedMs = clock.nowMs();
    },
    stop: () => {
      clearInterval(timer);
      const pid = running?.pid;
      try {
        if (pid !== undefined) process.kill(process.platform === 'win32' ? pid : -pid);
      } catch {
        // It ended in the meantime.
      }
      return runs;
    },
  };
}
