import type { CheckState, Lane } from '../model.ts';
import { spokenMs, strings } from '../strings.ts';
import { LATE_MS } from './lane-geometry.ts';
import { dueNow, isOver, isOwn } from './present-lanes.ts';
import type { Count, Outcome } from './view.ts';

interface Reading {
  ms: number | null;
  /** True while it still grows. */
  growing: boolean;
  late: boolean;
}

/** The numbers to look at, each of the worst stream on the product's own way. */
export function presentCounts(state: CheckState): Count[] {
  const lanes = state.lanes.filter((lane) => isOwn(lane) && lane.startedAtMs !== null);
  const words = strings.counts;
  return [
    timeCount(
      'connected',
      words.connected,
      worst(lanes, (lane) => connecting(lane, state)),
      words.connectedWords,
    ),
    timeCount(
      'first',
      words.first,
      worst(lanes, (lane) => firstEvent(lane, state)),
      words.firstWords,
    ),
    timeCount(
      'hold',
      words.hold,
      worst(lanes, (lane) => held(lane, state)),
      words.holdWords,
    ),
    arrivedCount(lanes, state),
  ];
}

/** How late the latest event of the product's own way is, those still due included; null with nothing to tell. */
export function worstHoldMs(state: CheckState): number | null {
  return worst(state.lanes.filter(isOwn), (lane) => held(lane, state)).ms;
}

function worst(lanes: Lane[], read: (lane: Lane) => Reading): Reading {
  return lanes.map(read).reduce((a, b) => ((b.ms ?? -1) > (a.ms ?? -1) ? b : a), {
    ms: null,
    growing: false,
    late: false,
  });
}

function connecting(lane: Lane, state: CheckState): Reading {
  return reading(lane, lane.headAtMs, state, (ms) => ms > LATE_MS + 2 * (state.clock?.roundTripMs ?? 0));
}

function firstEvent(lane: Lane, state: CheckState): Reading {
  const late = (lane.events[0]?.holdMs ?? 0) > LATE_MS;
  return reading(lane, lane.firstEventAtMs, state, () => late || dueNow(lane, state).length > 1);
}

function reading(
  lane: Lane,
  atMs: number | null,
  state: CheckState,
  isLate: (ms: number) => boolean,
): Reading {
  const startedAtMs = lane.startedAtMs ?? 0;
  if (atMs !== null) return { ms: atMs - startedAtMs, growing: false, late: isLate(atMs - startedAtMs) };
  const growing = !isOver(state) && lane.endedAtMs === null;
  if (!growing) return { ms: null, growing, late: true };
  return { ms: state.elapsedMs - startedAtMs, growing, late: isLate(state.elapsedMs - startedAtMs) };
}

function held(lane: Lane, state: CheckState): Reading {
  const arrived = lane.events.length === 0 ? null : Math.max(...lane.events.map(({ holdMs }) => holdMs));
  const [due] = dueNow(lane, state);
  const waiting = due === undefined || isOver(state) ? null : state.elapsedMs - due;
  const growing = waiting !== null && waiting > Math.max(arrived ?? 0, LATE_MS);
  const ms = growing ? waiting : arrived;
  return { ms, growing, late: (ms ?? 0) > LATE_MS };
}

interface Words {
  good: string;
  late: string;
}

function timeCount(id: string, name: string, { ms, growing, late }: Reading, words: Words): Count {
  if (ms === null) return { id, name, value: strings.counts.none, outcome: late ? 'bad' : 'unknown' };
  const value = spokenMs(ms);
  if (growing) return { id, name, value, word: strings.counts.growing, outcome: late ? 'bad' : 'running' };
  return { id, name, value, word: late ? words.late : words.good, outcome: late ? 'bad' : 'good' };
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
