import type { LaneId, RunningConfig, StoryEvent } from '../../demo/live-protocol.ts';

/** What was seen of one lane in one round; times in ms since the round began, by the page's own monotonic clock. */
export interface LaneRun {
  id: LaneId;
  /** When the server said that it sent event n+1 to this lane. */
  sentMs: (number | undefined)[];
  /** When event n+1 came out of the lane. */
  arrivedMs: (number | undefined)[];
  latest: StoryEvent | null;
  /** What the server answered with; null until the request reached it. */
  head: RunningConfig | null;
  lost: boolean;
}

/** One telling of the story. */
export interface RoundRun {
  events: number;
  intervalMs: number;
  lanes: LaneRun[];
  /** All has arrived, or will not. */
  isOver: boolean;
}

export type LaneStatus = 'connecting' | 'live' | 'holding' | 'late' | 'partly' | 'lost';

/** Later than this is late. Both the lane's event and the note that it was sent come to the same page. */
const LATE_MS = 250;
/** Arrivals closer than this came at once; so did late ones with nothing sent between them, however long the page took. */
const TOGETHER_MS = 40;

export function newLaneRun(id: LaneId): LaneRun {
  return { id, sentMs: [], arrivedMs: [], latest: null, head: null, lost: false };
}

/** An event that arrived before the note that it was sent was sent by then, too. */
export function sentAtMs(lane: LaneRun, index: number): number | undefined {
  const [sent, arrived] = [lane.sentMs[index], lane.arrivedMs[index]];
  if (sent === undefined || arrived === undefined) return sent ?? arrived;
  return Math.min(sent, arrived);
}

export const sentCount = (lane: LaneRun): number => Math.max(lane.sentMs.length, lane.arrivedMs.length);
export const arrivedCount = (lane: LaneRun): number => lane.arrivedMs.filter((at) => at !== undefined).length;

/** How late the latest of the events that arrived was, in ms. */
export const worstHoldMs = (lane: LaneRun): number =>
  Math.max(0, ...eventsOf(lane).map(({ sent, arrived = sent }) => arrived - sent));

/**
 * True when an event came out of the lane before the server sent the one after it: cause and effect, which no busy
 * machine turns around. The last event does not count, since its being sent and the end of the stream are one moment.
 */
export function hasFlowed({ sentMs, arrivedMs }: LaneRun): boolean {
  return sentMs.slice(1, -1).some((nextSent, index) => {
    const arrived = arrivedMs[index];
    return arrived !== undefined && nextSent !== undefined && arrived < nextSent;
  });
}

/** For how long the oldest event under way has been awaited; 0 when none is. */
export function waitingMs(lane: LaneRun, nowMs: number): number {
  const oldest = lane.sentMs.find((at, index) => at !== undefined && lane.arrivedMs[index] === undefined);
  return oldest === undefined ? 0 : Math.max(0, nowMs - oldest);
}

export function statusOf(lane: LaneRun, nowMs: number): LaneStatus {
  if (lane.lost) return 'lost';
  if (waitingMs(lane, nowMs) > LATE_MS) return 'holding';
  if (arrivedCount(lane) === 0) return 'connecting';
  if (worstHoldMs(lane) <= LATE_MS) return 'live';
  return arrivals(lane).some(({ indices }) => indices.length > 2) ? 'late' : 'partly';
}

/** An event that was sent: when, and when it arrived, if it has. */
export interface SeenEvent {
  index: number;
  sent: number;
  arrived: number | undefined;
  isLate: boolean;
}

export function eventsOf(lane: LaneRun): SeenEvent[] {
  return [...Array(sentCount(lane)).keys()].flatMap((index) => {
    const sent = sentAtMs(lane, index);
    const arrived = lane.arrivedMs[index];
    if (sent === undefined) return [];
    return [{ index, sent, arrived, isLate: arrived !== undefined && arrived - sent > LATE_MS }];
  });
}

/** Events that came out of a lane together. */
export interface Arrival {
  atMs: number;
  indices: number[];
  isLate: boolean;
}

export function arrivals(lane: LaneRun): Arrival[] {
  const together: Arrival[] = [];
  let lastMs = 0;
  const isSentBetween = (fromMs: number, toMs: number) =>
    lane.sentMs.some((at) => at !== undefined && at > fromMs && at <= toMs);
  for (const { index, arrived: atMs, isLate } of eventsOf(lane)) {
    if (atMs === undefined) continue;
    const last = together.at(-1);
    if (
      last !== undefined &&
      (atMs - lastMs < TOGETHER_MS || (last.isLate && !isSentBetween(lastMs, atMs)))
    ) {
      last.indices.push(index);
      last.isLate ||= isLate;
    } else {
      together.push({ atMs, indices: [index], isLate });
    }
    lastMs = atMs;
  }
  return together;
}

/** The directives around `proxy_pass`, comments left out, with their line numbers in the whole text, from 0. */
export function excerpt({ of, text }: RunningConfig): { at: number; line: string }[] {
  const lines = text.split('\n').map((line, at) => ({ at, line: line.replace(/#.*/, '').trim() }));
  if (of !== 'nginx') return lines.filter(({ line }) => line !== '');
  const start = lines.findIndex(({ line }) => line.startsWith('location '));
  const end = lines.findIndex(({ at, line }) => at > start && line === '}');
  return lines.slice(start + 1, end).filter(({ line }) => line !== '');
}
