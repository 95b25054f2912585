import type { CheckState, Lane } from '../model.ts';
import { spokenMs, strings } from '../strings.ts';
import { LATE_MS } from './lane-geometry.ts';
import { dueNow, isOver, isOwn } from './present-lanes.ts';
import type { Count, Outcome } from './view.ts';

/** From which share of late events on a stream is late, and not the computer busy for a moment. */
const RARE_SHARE = 0.05;

interface Reading {
  ms: number | null;
  /** True while it still grows. */
  growing: boolean;
  outcome: 'good' | 'warn' | 'bad';
}

const NOTHING: Reading = { ms: null, growing: false, outcome: 'good' };

/** The numbers to look at, each of the worst stream on the product's own way. */
export function presentCounts(state: CheckState): Count[] {
  const lanes = state.lanes.filter((lane) => isOwn(lane) && lane.startedAtMs !== null);
  const worst = (read: (lane: Lane, state: CheckState) => Reading) =>
    lanes.map((lane) => read(lane, state)).reduce((a, b) => ((b.ms ?? -1) > (a.ms ?? -1) ? b : a), NOTHING);
  return [
    timeCount('connected', worst(connecting), state),
    timeCount('first', worst(firstEvent), state),
    timeCount('hold', worst(held), state),
    arrivedCount(lanes, state),
  ];
}

/**
 * How late the latest event of the product's own way is, those still due included; null where none is late, or so few
 * that a busy moment of the computer explains them.
 */
export function lateByMs(state: CheckState): number | null {
  const late = state.lanes.filter(isOwn).map((lane) => held(lane, state));
  const times = late.flatMap(({ ms, outcome }) => (outcome === 'bad' && ms !== null ? [ms] : []));
  return times.length === 0 ? null : Math.max(...times);
}

function connecting(lane: Lane, state: CheckState): Reading {
  const limitMs = LATE_MS + 2 * (state.clock?.roundTripMs ?? 0);
  return sinceStart(lane, lane.headAtMs, state, (ms) => ms > limitMs);
}

function firstEvent(lane: Lane, state: CheckState): Reading {
  const late = (lane.events[0]?.holdMs ?? 0) > LATE_MS;
  return sinceStart(lane, lane.firstEventAtMs, state, () => late || dueNow(lane, state).length > 1);
}

function sinceStart(
  lane: Lane,
  atMs: number | null,
  state: CheckState,
  isLate: (ms: number) => boolean,
): Reading {
  const growing = atMs === null && !isOver(state) && lane.endedAtMs === null;
  if (atMs === null && !growing) return NOTHING;
  const ms = (atMs ?? state.elapsedMs) - (lane.startedAtMs ?? 0);
  return { ms, growing, outcome: isLate(ms) ? 'bad' : 'good' };
}

function held(lane: Lane, state: CheckState): Reading {
  const arrived = lane.events.map(({ holdMs }) => holdMs);
  const waiting = isOver(state) ? [] : dueNow(lane, state).map((dueMs) => state.elapsedMs - dueMs);
  const late = [...arrived, ...waiting].filter((ms) => ms > LATE_MS);
  if (late.length === 0) return arrived.length === 0 ? NOTHING : { ...NOTHING, ms: Math.max(...arrived) };
  const rare = late.length <= Math.max(1, (arrived.length + waiting.length) * RARE_SHARE);
  const ms = Math.max(...late);
  return { ms, growing: waiting.includes(ms), outcome: rare ? 'warn' : 'bad' };
}

function timeCount(id: 'connected' | 'first' | 'hold', reading: Reading, state: CheckState): Count {
  const { name, words } = strings.counts[id];
  const { ms, growing } = reading;
  if (ms === null) return { id, name, value: strings.counts.none, outcome: 'unknown' };
  // One late event is no late stream: the number must not say what the answer denies.
  const flows = state.verdict?.verdict === 'streaming' && reading.outcome === 'bad';
  const outcome = flows ? 'warn' : reading.outcome;
  const value = spokenMs(ms);
  if (growing)
    return { id, name, value, word: strings.counts.growing, outcome: outcome === 'bad' ? 'bad' : 'running' };
  return { id, name, value, word: words[outcome], outcome };
}

function arrivedCount(lanes: Lane[], state: CheckState): Count {
  const arrived = lanes.reduce((sum, { events }) => sum + events.length, 0);
  const due = lanes.reduce((sum, lane) => sum + dueNow(lane, state).length, 0);
  const outcome: Outcome = !isOver(state) ? 'running' : due > 0 ? 'bad' : arrived > 0 ? 'good' : 'unknown';
  const { name, value, words } = strings.counts.arrived;
  const word = words[outcome];
  return {
    id: 'arrived',
    name,
    value: value(arrived, arrived + due),
    ...(word === undefined ? {} : { word }),
    outcome,
  };
}
