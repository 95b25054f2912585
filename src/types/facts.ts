import type { ExperimentFacts } from './experiment.ts';
import type { HoldSample, ReportHold } from './hold.ts';
import type { Observation } from './observation.ts';
import type { Timeline } from './timeline.ts';
import type { Confidence, HoldBasis, Verdict } from './words.ts';

/** Where the origin's clock stands, from short exchanges with it on the path of the stream. */
export interface ClockReading {
  /** Origin's clock less the prober's: above zero when the origin's is ahead. */
  offsetMs: number;
  /** Half of the fastest round trip: the way there and the way back may differ by all of it. */
  errorMs: number;
  /** How fast the offset grows; null where it cannot be told from zero. */
  driftMsPerMinute: number | null;
  /** By how much the clock was set while the stream was watched, or null. */
  stepMs: number | null;
}

/** What is known about one hop after comparison; the input of every rule. */
export interface HopFacts {
  /** Position in the chain, 0 = nearest to the origin. */
  index: number;
  name: string;
  observation: Observation;
  timeline: Timeline;
  holdBasis: HoldBasis;
  holds: HoldSample[];
  /** Bound on the error of the holds. */
  clockErrorMs: number | null;
  /** The origin's clock, where it answered on this hop's path. */
  clock?: ClockReading | null;
  /** Lateness of the response head, where it can be known. */
  headHoldMs: number | null;
  /** Lateness common to all events, part of `holds` where the path's own latency is known. */
  constantMs: number | null;
  hold: ReportHold | null;
  /** How sure the classification in `hold` is. */
  holdConfidence: Confidence | null;
  /** Value the verdict is judged by: p95 of the holds (fewer than 20 events: the second largest) less the clock error. */
  judgedHoldMs: number | null;
  lost: number | null;
  duplicated: number | null;
  reordered: number | null;
  /** Events that bear the ids of the nearer hop's and other data; null where streams are made for each request. */
  rewritten: number | null;
  intermediaries: DetectedIntermediary[];
  verdict: Verdict;
  /** What experiments on this hop showed; absent where the stream was only watched. */
  experiments?: ExperimentFacts;
}

export interface DetectedIntermediary {
  id: string;
  version: string | null;
  confidence: 'certain' | 'likely' | 'possible';
  evidence: string[];
}

/** Thresholds that the judgement uses. */
export interface JudgeOptions {
  /** Threshold of `held`. Default 180. */
  maxHoldMs: number;
  /** A first event later than this is an error; null = off. */
  maxFirstEventMs: number | null;
}

/** What a rule sees: one hop, and the hop one step nearer to the origin if there is one. */
export interface RuleContext {
  hop: HopFacts;
  nearer: HopFacts | null;
  hops: HopFacts[];
  options: JudgeOptions;
}
