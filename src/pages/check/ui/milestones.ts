import type { CheckState } from '../model.ts';
import { spokenMs, strings } from '../strings.ts';
import { dueNow, isOwn } from './present-lanes.ts';

/** From when on silence is worth saying: a listener cannot see that the lane stays empty. */
const SILENCE_MS = 3000;

/** What is worth saying aloud about a run so far, in order; each is said once. */
export function milestonesOf(state: CheckState): string[] {
  const words = strings.milestones;
  const own = state.lanes.filter(isOwn);
  const connected = own.some(({ headAtMs }) => headAtMs !== null);
  const firsts = own.flatMap(({ firstEventAtMs, startedAtMs }) =>
    firstEventAtMs === null ? [] : [firstEventAtMs - (startedAtMs ?? 0)],
  );
  const due = own.flatMap((lane) => dueNow(lane, state));
  const silent = firsts.length === 0 && due.length > 0 && state.elapsedMs - Math.min(...due) > SILENCE_MS;
  const quiet = state.lanes.find(({ quietUntilMs }) => quietUntilMs !== null);
  const { verdict } = state;
  return [
    words.started,
    ...(connected ? [words.connected] : []),
    ...(silent ? [words.silent] : []),
    ...(firsts.length > 0 ? [words.firstEvent(spokenMs(Math.min(...firsts)))] : []),
    ...(quiet === undefined ? [] : [words.quiet(Math.round(quiet.plan.quietMs / 1000))]),
    ...(state.phase === 'cancelled' ? [words.stopped] : []),
    ...(verdict === null ? [] : [words.done(verdict.headline)]),
  ];
}
