import type { Percentiles, ReportHold } from './hold.ts';
import type { Verdict } from './words.ts';

/** What a sender of events can choose, in the order in which a smallest set of changes is named. */
export const SENDER_FACTORS = [
  'x-accel-buffering',
  'incremental',
  'no-transform',
  'content-type',
  'framing',
  'padding',
  'heartbeat',
] as const;

export type SenderFactor = (typeof SENDER_FACTORS)[number];

/** Everything that experiments vary, one at a time. */
export const FACTORS = [
  ...SENDER_FACTORS,
  'accept',
  'accept-encoding',
  'event-size',
  'method',
  'http-version',
  'first-delay',
  'quiet',
  'duration',
  'lockstep',
] as const;

export type Factor = (typeof FACTORS)[number];

export type Effect = 'fixes' | 'improves' | 'none' | 'worsens';

/** One experiment: what became of the stream when one factor differed from the control. */
export interface ReportExperiment {
  hop: string;
  factor: Factor;
  value: string;
  verdict: Verdict;
  holdMs: Percentiles | null;
  /** Of the same stream without the change. */
  withoutHoldMs?: Percentiles | null;
  /** Against the same stream without the change. */
  effect: Effect;
  /** What the change was tried on: `40 B`, `2 kB compressible`, … */
  stream: string;
}

/** The smallest set of things a sender can do that made every stream of the hop flow. */
export interface MinimalFix {
  hop: string;
  /** False where the control streams as it is. */
  needed: boolean;
  senderSide: SenderFactor[];
  /** True where no sender-side change suffices. */
  hopMustChange: boolean;
  /** Holds of the worst stream without the change and with it; null where there is nothing to compare. */
  before: Percentiles | null;
  after: Percentiles | null;
  /** What cures it in the hop's own configuration, where the product is known. */
  hopChange: { where: string; change: string } | null;
}

/** Field lines that differ from what was sent, names in lower case; hop-by-hop fields left out. */
export interface HeaderEdits {
  added: string[];
  removed: string[];
  changed: string[];
}

/** An event stream whose event n+1 was sent only after event n had been acknowledged: needs no stopwatch. */
export interface LockstepFacts {
  stream: string;
  /** Events that came through one by one. */
  acknowledged: number;
  of: number;
  /** The event that never came while it was waited for (0: the response head); null where all came. */
  stalledAt: number | null;
  /** How long event n was waited for at most. */
  patienceMs: number;
  /** Median time from an acknowledgement to the next event, less what the path takes; null with fewer than three. */
  lateMs: number | null;
}

/** What experiments showed of one hop beside the stream's own lateness. Null: not measured. */
export interface ExperimentFacts {
  outcomes: ReportExperiment[];
  /** Null where the control could not be judged. */
  minimalFix: MinimalFix | null;
  /** What is left of the hold with the sender's change that helps most, where none of them cures it; not in reports. */
  leftHold?: ReportHold | null;
  lockstep: LockstepFacts[];
  /** Bytes that were sent when the first ones came, and between one release and the next. */
  buffer: { firstBytes: number | null; blockBytes: number | null; sentBytes: number } | null;
  /** Events that an event waits for before it is let go. */
  eventsOfLag: number | null;
  /** Milliseconds until the origin saw the client leave; null: not while it was waited for. */
  abort: { writingMs: number | null; quietMs: number | null; waitedMs: number } | null;
  /** A body sent in pieces: over what time it was sent, and over what time it arrived. */
  requestBody: {
    sentBytes: number;
    arrivedBytes: number;
    sentOverMs: number;
    arrivedOverMs: number;
    status: number;
  } | null;
  lastEventId: 'passed' | 'dropped' | 'changed' | null;
  /** Readers of one address: how many requests the origin saw for them, and events older than a later reader's request. */
  cache: { readers: number; requests: number; shared: boolean; replayedEvents: number } | null;
  /** What differs between one end and the other, in each direction. */
  edits: { request: HeaderEdits; response: HeaderEdits } | null;
  /** Opt-outs that the origin sent and that did not arrive. */
  strippedOptOuts: ('x-accel-buffering' | 'incremental' | 'no-transform')[];
  /** Quiet and lasting streams: when they were cut; null: kept up for as long as they were watched. */
  idle: {
    watchedMs: number;
    quietCutMs: number | null;
    heartbeatCutMs: number | null;
    ageCutMs: number | null;
    headCutMs: number | null;
  } | null;
}
