import type { Standing, UselessAdvice } from '../types.ts';

/** A line or lines to paste, and where. */
export interface ExplainedFix {
  where: string;
  change: string;
  /** What is often written in its place. */
  wrong?: string;
  /** Why the one works and the other does not: a sentence. */
  why?: string;
  /** File, block or page of settings; null where there is no choice. */
  section: string | null;
  versions: string | null;
  standing: Standing;
  /** Configuration of this repository that has it, or null. */
  config: string | null;
}

/** What is known about a finding, an intermediary, a client or a backend, for whoever shows it. */
export interface Explanation {
  kind: 'finding' | 'intermediary' | 'client' | 'backend';
  id: string;
  title: string;
  /** Headed paragraphs. */
  paragraphs: { label: string; text: string }[];
  /** Headed lists of short lines. */
  lists: { label: string; lines: string[] }[];
  fixes: ExplainedFix[];
  /** What is often tried and helps nothing. */
  doesNothing: UselessAdvice[];
  /** The page that says the same. */
  docs: string;
  sources: readonly string[];
}
