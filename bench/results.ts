import type { Machine } from './machine.ts';
import type { ScenarioId, Transport } from './scenarios.ts';

/** What the load generator prints. Times are in µs or ms as named, `…Kb` are kilobytes of 1,024 bytes. */
export interface Figures {
  intact: boolean;
  lost: number;
  repeated: number;
  damaged: number;
  earlyCloses: number;
  levels?: { streams: number; rssKb: number; kbPerStream: number }[];
  stalled?: boolean;
  descriptorLimitHit?: boolean;
  [name: string]: unknown;
}

/** One target in one round of one scenario. */
export interface Sample {
  scenario: ScenarioId;
  target: string;
  round: number;
  /** Null when the run failed. */
  figures: Figures | null;
  error: string | null;
  /** Load average of the machine over the last minute when the run began: above 2 or so somebody else was busy too. */
  loadAverage: number;
}

/** A target as it took part. */
export interface TargetInfo {
  id: string;
  name: string;
  kind: 'direct' | 'gateway' | 'server' | 'library';
  version: string;
  setup: string;
}

export interface ScenarioInfo {
  id: ScenarioId;
  title: string;
  explanation: string;
  transport: Transport;
}

/** Everything a run found out; saved as JSON, from which table, page and chart are made. */
export interface Results {
  schemaVersion: 1;
  command: string;
  startedAt: string;
  seconds: number;
  quick: boolean;
  rounds: number;
  nodeVersion: string;
  commit: string | null;
  machine: Machine;
  /** Programs that are not installed here. */
  missing: string[];
  targets: TargetInfo[];
  scenarios: ScenarioInfo[];
  samples: Sample[];
}
