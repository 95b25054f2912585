import type { ExperimentFacts, MinimalFix, ReportExperiment } from './experiment.ts';
import type { ClockReading, DetectedIntermediary } from './facts.ts';
import type { Finding } from './finding.ts';
import type { Percentiles, ReportHold } from './hold.ts';
import type { StreamProtocol } from './timeline.ts';
import type { EndReason, Framing, HeaderList, HoldBasis, Verdict } from './words.ts';

/** A summary of {@link WireRecord}. */
export interface ReportWire {
  headBytes: number | null;
  framing: Framing;
  /** Status of each interim answer. */
  interim: number[];
  /** Sizes of chunks (HTTP/1) or DATA frames (HTTP/2) that carried bytes; null where there were none. */
  blocks: { count: number; medianBytes: number; largestBytes: number } | null;
  faults: { code: string; detail: string }[];
}

/** How many of the measured times lie in one span of time. */
export interface SpreadStep {
  fromMs: number;
  /** The first time that is not in it. */
  toMs: number;
  count: number;
}

export interface ReportHop {
  name: string;
  url: string;
  verdict: Verdict;
  response: { status: number; httpVersion: string; headers: HeaderList } | null;
  tls: { protocol: string; alpn: string | null; issuer: string | null; unverified?: string } | null;
  /** Redirects that were followed to the answer, in order. */
  redirects?: { url: string; status: number; location: string; withoutCredentials: boolean }[];
  /** The proxy that the prober was told to use. */
  proxy?: { url: string; from: string; mode: 'tunnel' | 'forward' };
  /** How the answer was framed on the wire. */
  wire?: ReportWire;
  timings: {
    dnsMs: number | null;
    connectMs: number | null;
    tlsMs: number | null;
    responseHeadMs: number | null;
    firstByteMs: number | null;
    firstEventMs: number | null;
    totalMs: number;
  };
  events: {
    count: number;
    bytes: number;
    lost: number | null;
    duplicated: number | null;
    reordered: number | null;
    holdMs: Percentiles | null;
    holdBasis: HoldBasis;
    clockErrorMs: number | null;
    /** The origin's clock against the prober's; null where it was not asked or did not answer. */
    clock?: ClockReading | null;
    gapMs: Percentiles | null;
    /** The distributions behind `holdMs` and `gapMs`, without empty ends; null where there are none. */
    holdSpread?: SpreadStep[] | null;
    gapSpread?: SpreadStep[] | null;
  };
  /** The protocol inside the stream; null where none is recognised. `firstTokenMs` counts from the start of the request. */
  protocol: StreamProtocol | null;
  hold: ReportHold | null;
  /** What this hop adds to what the nearer ones do; absent where it is the only one. Null: not known, or no block. */
  adds?: { holdMs: number | null; blockBytes: number | null };
  end: { reason: EndReason; afterMs: number; quietMs: number } | null;
  intermediaries: DetectedIntermediary[];
  /** Why there is no response, in one sentence; absent when there is one. */
  error?: { code: string; message: string };
  /** Arrival of each event since the start of the request, for drawing; at most 2,000. */
  arrivalsMs: number[];
  /** How much later than sent each event of `arrivalsMs` came; null where it is not known; absent where it is known of none. */
  latenessMs?: (number | null)[];
  /** Experiment mode: what was measured beside the stream's lateness. */
  measured?: Omit<ExperimentFacts, 'outcomes'>;
}

/** The report: one object, the same whatever the output format. Schema: `report.schema.json`. */
export interface Report {
  schemaVersion: 1;
  tool: { name: 'unclog'; version: string };
  startedAt: string;
  mode: 'observe' | 'experiment';
  verdict: Verdict;
  hops: ReportHop[];
  findings: Finding[];
  /** Empty in observe mode. */
  experiments: ReportExperiment[];
  /** Of the farthest hop that needs one, else of the farthest; null in observe mode. */
  minimalFix: MinimalFix | null;
  next: string | null;
  warnings: string[];
}
