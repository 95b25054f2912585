import type { Confidence, FindingId, Severity } from './words.ts';

export interface Evidence {
  what: string;
  value: number | string;
  unit: 'ms' | 'bytes' | 'events' | '';
  expected?: string;
}

/** How far a statement of the knowledge base can be trusted: run by this project, or read in the sources it names. */
export type Standing = 'tested here' | 'documented, not reproduced';

export interface Fix {
  where: string;
  /** The exact line or lines to paste. */
  change: string;
  /** The file, block or page of settings that the change belongs into; absent where there is no choice. */
  section?: string;
  /** Versions that it needs or is limited to. */
  versions?: string;
  standing?: Standing;
  /** Path in this repository of a configuration that a test proves, or null. */
  config: string | null;
  /** True when a test of this project shows that the change makes the stream flow. */
  proven: boolean;
  source: string;
}

/** A change that is often advised, and does not help. */
export interface UselessAdvice {
  /** A product, `origin` or `client`. */
  where: string;
  advice: string;
  why: string;
  standing: Standing;
}

export interface Finding {
  id: FindingId;
  severity: Severity;
  confidence: Confidence;
  hop: string;
  title: string;
  explanation: string;
  evidence: Evidence[];
  fixes: Fix[];
  /** What is often tried against it here and does nothing; absent where nothing of that kind is known. */
  doesNothing?: UselessAdvice[];
  /** Address of the page about this finding: how it looks, why, how to fix it, how to be sure. */
  docs?: string;
}
