import type { HoldKind, Report, Verdict } from '../../types.ts';

/** The streams that the page opens, in the order in which they are shown. `control` is there with a second origin only. */
export const LANE_IDS = ['eventsource', 'fetch', 'large', 'quiet', 'control'] as const;

export type LaneId = (typeof LANE_IDS)[number];

/**
 * `waiting`: its turn has not come; `connecting`: asked for, no answer yet; `open`: the response head is there, no event
 * yet; `receiving`: events come; `reconnecting`: an EventSource lost its connection and tries again (a reconnection that
 * works leads back to `receiving`); `done`: all events came; `failed`: the answer broke off, or there was none.
 */
export type LaneStatus = 'waiting' | 'connecting' | 'open' | 'receiving' | 'reconnecting' | 'done' | 'failed';

/** One event on its lane. Times are milliseconds since the run began, on the page's own clock. */
export interface LaneEvent {
  seq: number;
  /** When it was sent: the origin's stamp with the clocks' offset taken out. */
  sentAtMs: number;
  receivedAtMs: number;
  /** How much later it came than an event that nobody holds: offset and path taken out, never below 0. */
  holdMs: number;
  /** Bytes of its data. */
  bytes: number;
}

/** One stream as it stands. Times as of {@link LaneEvent}. */
export interface Lane {
  id: LaneId;
  status: LaneStatus;
  /** Address of the stream without its query. */
  url: string;
  /** How many events are sent, how large, and how far apart. */
  plan: { events: number; eventBytes: number; intervalMs: number; quietMs: number };
  startedAtMs: number | null;
  /** When the response head came. */
  headAtMs: number | null;
  firstEventAtMs: number | null;
  endedAtMs: number | null;
  events: LaneEvent[];
  /** When events are due that have not come: seconds in which a lane stays empty although it should not. */
  dueAtMs: number[];
  /** Quiet lane only: until when nothing is sent on purpose; a page counts down to it. */
  quietUntilMs: number | null;
  /** Reconnections of the EventSource so far. */
  reconnects: number;
  /** The judgement of this lane by itself; null until the run is over. */
  verdict: Verdict | null;
  holdKind: HoldKind | null;
  /** Why it failed, in one sentence; null where it did not. */
  error: string | null;
}

/** A test beside the streams. */
export interface SideTest<T> {
  status: 'waiting' | 'running' | 'done' | 'skipped';
  result: T | null;
  /** Why it was skipped, in one sentence. */
  reason: string | null;
}

/**
 * Whose it is: `none`: nothing is late; `client`: nothing is late on either way, so look at the client code; `network`: late on both
 * ways; `edge`: late on our own way only; `path`: late, and without a second way nobody can say where; `bypass`: only the
 * second way is late; `unknown`: nothing could be measured.
 */
export type Blame = 'none' | 'client' | 'network' | 'edge' | 'path' | 'bypass' | 'unknown';

/** How it came out. */
export interface CheckVerdict {
  blame: Blame;
  /** Verdict of the product's own way (the report's overall verdict also counts the second one). */
  verdict: Verdict;
  holdKind: HoldKind | null;
  /** One line: "Something on the way holds the events back". */
  headline: string;
  /** What it means and what to do, a few sentences in plain words; each a paragraph or a list item. */
  explanation: string[];
  /** Text to send to whoever runs the network or the edge; null where there is nothing to ask for. */
  letter: { to: string; subject: string; text: string } | null;
  /** The report: the same object, rules and words as `unclog probe --format json`. */
  report: Report;
  /** File for `unclog diagnose`: the recordings, and the report beside them. Pretty JSON text. */
  file: { name: string; text: string };
}

export type CheckPhase =
  | 'clock'
  | 'streams'
  | 'reconnection'
  | 'connections'
  | 'quiet'
  | 'done'
  | 'cancelled';

/** Everything that the page shows. A new object each time it is published; never changed afterwards. */
export interface CheckState {
  phase: CheckPhase;
  /** Since the run began; `expectedMs` is how long it takes where nothing is held. */
  elapsedMs: number;
  expectedMs: number;
  startedAt: string;
  /** Host of the page, and of the second origin where there is one. */
  host: string;
  compareHost: string | null;
  /** `http/1.1`, `h2`, `h3`, as the browser names it; null until known. */
  protocol: string | null;
  /** Round trip of a short answer on the page's own way, and how far the clocks are apart; null: not known (yet). */
  clock: { roundTripMs: number; offsetMs: number; errorMs: number } | null;
  lanes: Lane[];
  /** Did an EventSource go on where it was cut? */
  reconnection: SideTest<'passed' | 'dropped' | 'changed'>;
  /** How many streams to this host the browser opens at once. */
  connections: SideTest<{ asked: number; opened: number }>;
  /** Was the page in the background, or the computer too busy to trust the times? */
  warnings: string[];
  /** Null until `phase` is `done`. */
  verdict: CheckVerdict | null;
}

/** What a run can be told. */
export interface CheckOptions {
  /** How long a stream is kept quiet to find idle timers; null leaves it out. Default null. The page offers 65,000. */
  quietMs?: number | null;
  /** Base of the second origin, e.g. `https://origin.example/`; default what the server put into the page. */
  compareOrigin?: string | null;
  /** Events of each stream, and from one to the next. Default 20, 250. */
  events?: number;
  intervalMs?: number;
}

/** A run under way. */
export interface CheckRun {
  readonly state: CheckState;
  /** Calls back with each new state, with the present one at once; returns the way to unsubscribe. */
  subscribe(listener: (state: CheckState) => void): () => void;
  /** Closes all streams; the state becomes `cancelled`. */
  cancel(): void;
  /** The last state: `done` or `cancelled`. Never rejects. */
  readonly finished: Promise<CheckState>;
}

/** What the server put into the page. */
export interface PageConfig {
  /** Base address of the second origin, with a slash at the end; null: none. */
  compareOrigin: string | null;
}
