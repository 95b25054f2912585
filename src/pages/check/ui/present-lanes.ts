import type { CheckState, Lane } from '../model.ts';
import { strings } from '../strings.ts';
import { sentence } from './sentence.ts';
import type { LaneView } from './view.ts';

/** The lanes of a state, as drawn: each from its own request on, on a common scale (but a quiet one, which takes long). */
export function presentLanes(state: CheckState): LaneView[] {
  const over = isOver(state);
  const endMs = Math.max(1, ...state.lanes.filter(isQuick).map((lane) => laneEndMs(lane, state)));
  return state.lanes.map((lane) => ({
    id: lane.id,
    ...strings.lanes[lane.id],
    state: laneState(lane, over),
    openedMs: sinceStart(lane, lane.headAtMs),
    marks: lane.events.map(({ sentAtMs, receivedAtMs, holdMs }) => ({
      sentMs: sinceStart(lane, sentAtMs) ?? 0,
      arrivedMs: sinceStart(lane, receivedAtMs) ?? 0,
      holdMs,
    })),
    missingMs: dueNow(lane, state).map((dueMs) => sinceStart(lane, dueMs) ?? 0),
    untilMs: untilMs(lane, state),
    endMs: isQuick(lane) ? endMs : laneEndMs(lane, state),
    quietLeftMs: over ? null : quietLeftMs(lane, state),
    error: lane.error === null ? null : sentence(lane.error),
  }));
}

/** True where nothing is measured any more. */
export function isOver({ phase }: CheckState): boolean {
  return phase === 'done' || phase === 'cancelled';
}

/** When events were due by now that have not come; of a stream that could not be opened nobody sent any. */
export function dueNow(lane: Lane, state: CheckState): number[] {
  const opened = lane.status !== 'failed' || lane.headAtMs !== null;
  if (lane.startedAtMs === null || !opened) return [];
  return lane.dueAtMs.filter((dueMs) => dueMs <= state.elapsedMs);
}

/** The streams on the product's own way that send without a pause. */
export function isOwn(lane: Lane): boolean {
  return isQuick(lane) && lane.id !== 'control';
}

function isQuick(lane: Lane): boolean {
  return lane.id !== 'quiet';
}

function laneState(lane: Lane, over: boolean): LaneView['state'] {
  if (lane.status === 'failed') return 'failed';
  if (lane.status === 'done' || (over && lane.startedAtMs !== null)) return 'ended';
  if (lane.status === 'waiting') return 'waiting';
  return lane.status === 'reconnecting' ? 'reconnecting' : 'running';
}

function sinceStart(lane: Lane, atMs: number | null): number | null {
  // A clock that is read with an error may put a sending before the request.
  return atMs === null ? null : Math.max(0, atMs - (lane.startedAtMs ?? 0));
}

function untilMs(lane: Lane, state: CheckState): number {
  if (lane.startedAtMs === null) return 0;
  const last = lane.events.at(-1)?.receivedAtMs ?? 0;
  return sinceStart(lane, lane.endedAtMs ?? (isOver(state) ? last : state.elapsedMs)) ?? 0;
}

function laneEndMs(lane: Lane, state: CheckState): number {
  const { events, intervalMs, quietMs } = lane.plan;
  const last = sinceStart(lane, lane.events.at(-1)?.receivedAtMs ?? null) ?? 0;
  return Math.max(events * intervalMs + quietMs, untilMs(lane, state), last);
}

function quietLeftMs(lane: Lane, state: CheckState): number | null {
  if (lane.quietUntilMs === null || lane.endedAtMs !== null) return null;
  const leftMs = lane.quietUntilMs - state.elapsedMs;
  return leftMs > 0 ? leftMs : null;
}
