import type {
  EventSent,
  LaneId,
  LaneJoined,
  RoundStart,
  Speed,
  StageState,
  StoryEvent,
} from '../../demo/live-protocol.ts';
import { arrivedCount, newLaneRun, type RoundRun } from './model.ts';

/** What a round tells the page. */
export interface RoundListener {
  onStage(stage: StageState): void;
  /** Something of the round has changed. */
  onChange(round: RoundRun, startedAtMs: number): void;
  /** The page's server is gone. */
  onLost(): void;
}

/** How long after the server's last word what is under way is waited for. */
const PATIENCE_MS = 6_000;

/**
 * Opens one round: a stream of the server's own notes, and the lanes' streams when it says so.
 * @returns closes everything
 */
export function openRound(lanes: readonly LaneId[], speed: Speed, listener: RoundListener): () => void {
  const query = new URLSearchParams([['speed', speed], ...lanes.map((id) => ['lane', id])]);
  const notes = new EventSource(`/round?${query}`);
  const open: EventSource[] = [notes];
  let urls = new Map<LaneId, string>();
  let round: RoundRun = { events: 0, intervalMs: 0, lanes: lanes.map(newLaneRun), isOver: false };
  let startedAtMs = performance.now();
  let patience: ReturnType<typeof setTimeout> | undefined;

  const laneOf = (id: LaneId) => round.lanes.find((lane) => lane.id === id);
  const changed = () => listener.onChange(round, startedAtMs);
  const on = <T>(name: string, listen: (data: T) => void) =>
    notes.addEventListener(name, (event) => listen(JSON.parse((event as MessageEvent<string>).data)));

  function close(): void {
    clearTimeout(patience);
    for (const source of open) source.close();
  }
  function finish(): void {
    if (round.isOver) return;
    close();
    for (const lane of round.lanes) lane.lost ||= arrivedCount(lane) < round.events;
    round.isOver = true;
    changed();
  }
  const finishIfAll = () => {
    if (round.lanes.every((lane) => lane.lost || arrivedCount(lane) === round.events)) finish();
  };

  function openLane(id: LaneId, roundId: string): void {
    const source = new EventSource(`${urls.get(id)}?${new URLSearchParams({ round: roundId, lane: id })}`);
    open.push(source);
    source.onmessage = (message) => {
      const atMs = performance.now() - startedAtMs;
      const lane = laneOf(id);
      const event = JSON.parse(message.data) as StoryEvent;
      if (lane === undefined) return;
      lane.arrivedMs[event.seq - 1] = atMs;
      lane.latest = event;
      if (event.seq === round.events) source.close();
      changed();
      finishIfAll();
    };
    source.onerror = () => {
      const lane = laneOf(id);
      // A stream that breaks off is opened again by the browser, but the round goes on without it.
      source.close();
      if (lane === undefined || arrivedCount(lane) === round.events) return;
      lane.lost = true;
      changed();
      finishIfAll();
    };
  }

  on<StageState>('stage', (stage) => {
    urls = new Map(stage.lanes.map(({ id, url }) => [id, url]));
    listener.onStage(stage);
  });
  on<RoundStart>('round', ({ round: id, events, intervalMs }) => {
    round = { events, intervalMs, lanes: lanes.map(newLaneRun), isOver: false };
    startedAtMs = performance.now();
    for (const lane of lanes) openLane(lane, id);
    changed();
  });
  on<LaneJoined>('joined', ({ lane: id, head }) => {
    const lane = laneOf(id);
    if (lane !== undefined) lane.head = head;
    // Time counts from when all stand ready.
    startedAtMs = performance.now();
    changed();
  });
  on<EventSent>('sent', ({ seq, lanes: reached }) => {
    for (const id of reached) {
      const lane = laneOf(id);
      if (lane !== undefined) lane.sentMs[seq - 1] = performance.now() - startedAtMs;
    }
    changed();
  });
  on('over', () => {
    notes.close();
    patience = setTimeout(finish, PATIENCE_MS);
  });
  notes.onerror = () => {
    if (round.isOver) return;
    close();
    listener.onLost();
  };
  return close;
}
