import { checkRecord, finishedCheck, runningCheck, type Scenario } from './fixtures.ts';
import type { CheckRun, CheckState } from './model.ts';

/** A run that plays a scenario of the fixtures as if it happened now: for building and testing the page without a server. */
export function replayCheck(scenario: Scenario, speed = 1): CheckRun {
  const listeners = new Set<(state: CheckState) => void>();
  const { elapsedMs: lastsMs } = checkRecord(scenario);
  const beganMs = performance.now();
  let state = runningCheck(scenario, 0, 'clock');
  let finish: (state: CheckState) => void = () => {};
  const finished = new Promise<CheckState>((resolve) => {
    finish = resolve;
  });
  const publish = (next: CheckState): void => {
    state = next;
    for (const listener of listeners) listener(state);
  };
  const stop = (last: CheckState): void => {
    clearInterval(timer);
    publish(last);
    finish(last);
  };
  const timer = setInterval(() => {
    const elapsedMs = (performance.now() - beganMs) * speed;
    if (elapsedMs >= lastsMs) stop(finishedCheck(scenario));
    else publish(runningCheck(scenario, elapsedMs, elapsedMs < 400 ? 'clock' : 'streams'));
  }, 50);
  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      listener(state);
      return () => void listeners.delete(listener);
    },
    cancel: () => stop({ ...state, phase: 'cancelled' }),
    finished,
  };
}
