import type { FindingId, Standing } from '../types.ts';

/** Lines that are often written, those that work in their place, and why. */
export interface Mistake {
  /** What one sees: "Everything arrives at once". */
  symptom: string;
  /** Absent where nothing wrong was written, only something left out. */
  wrong?: string;
  right: string;
  why: string;
  /** Ids of findings that look alike from this client. */
  looksLike?: readonly FindingId[];
  standing: Standing;
}

/** A program or library that reads a stream, and how it is made to hand events over as they come. */
export interface ClientGuide {
  /** Name of its page in docs/clients. */
  id: string;
  name: string;
  /** As people ask. */
  question: string;
  /** Language of the lines, for code fences. */
  language: string;
  mistakes: readonly Mistake[];
  /** How to tell that the client is the reason, and not a hop. */
  sure: string;
  /** What is often tried and changes nothing, with the reason. */
  doesNothing: readonly string[];
  /** Version and day on which a test ran the lines; absent where none did. */
  tried?: { version: string; date: string };
  sources: readonly string[];
}

/** A framework or server that sends a stream, and the few lines it takes. */
export interface BackendGuide {
  /** Name of its page in docs/backends. */
  id: string;
  name: string;
  question: string;
  language: string;
  /** A whole endpoint: head at once, opt-outs, one event per write, heartbeat. */
  code: string;
  /** What goes wrong with it, and the line against it. */
  pitfalls: readonly string[];
  doesNothing: readonly string[];
  /** Products of the knowledge base that stand inside or right in front of it. */
  products: readonly string[];
  tried?: { version: string; date: string };
  sources: readonly string[];
}
