/** What the page draws, apart from how it was measured: made of the model by present.ts. */

/** One event on a lane. Times are milliseconds since the lane's request. */
export interface Mark {
  /** When it was sent, on the reader's clock. */
  sentMs: number;
  arrivedMs: number;
  /** How much later it came than it would have with nobody in between. */
  holdMs: number;
}

/** One stream as drawn. Times as of {@link Mark}. */
export interface LaneView {
  /** Unlike any other lane's. */
  id: string;
  title: string;
  /** What the lane is for, in a few words. */
  note: string;
  state: 'waiting' | 'running' | 'reconnecting' | 'ended' | 'failed';
  /** When the response head arrived; null: it has not. */
  openedMs: number | null;
  marks: readonly Mark[];
  /** Moments at which events were due that have not arrived. */
  missingMs: readonly number[];
  /** How far the lane has come: the moment it is now, or its end. */
  untilMs: number;
  /** Last moment on the axis. */
  endMs: number;
  /** What is left of a wait in which nothing is sent on purpose; null where there is none. */
  quietLeftMs: number | null;
  /** Sentence about why it failed, where it did. */
  error: string | null;
}

/** Several events that came in one go. */
export interface Burst {
  atMs: number;
  count: number;
}

/** How one thing turned out; each has a sign and a word of its own. */
export type Outcome = 'good' | 'bad' | 'warn' | 'unknown' | 'running' | 'later' | 'skipped';

/** One line of what was looked at. */
export interface CheckLine {
  id: string;
  name: string;
  outcome: Outcome;
  /** What came out, in one sentence. */
  text: string;
}

/** A text to send to somebody. */
export interface Letter {
  id: string;
  /** Whom it is for, as a person would name them. */
  recipient: string;
  /** Why it is for them, in one sentence. */
  reason: string;
  text: string;
}

/** A number to look at. */
export interface Count {
  id: string;
  name: string;
  /** A dash where it is not known yet. */
  value: string;
  /** A word beside the number: whether it is good. Left out where there is nothing to judge yet. */
  word?: string;
  outcome: Outcome;
}

/** The answer, or what is going on until there is one. */
export interface Answer {
  outcome: Outcome;
  headline: string;
  /** What is to be known with it: a paragraph each. */
  meaning: readonly string[];
}

/** Everything that the page shows at one moment. */
export interface PageView {
  state: 'running' | 'done' | 'stopped' | 'bad-link';
  answer: Answer;
  /** Part of the run that is over, 0 to 1; null where nothing runs. */
  progress: number | null;
  /** The host that is tested. */
  host: string;
  /** Whose result it is and of when, where it was opened from a link. */
  sender: { when: string; old: boolean } | null;
  counts: readonly Count[];
  lanes: readonly LaneView[];
  /** What it means and what to do, a paragraph each. */
  advice: readonly string[];
  causes: readonly Cause[];
  letters: readonly Letter[];
  checks: readonly CheckLine[];
  warnings: readonly string[];
  /** Null until there is something to share; `link` is null where it would be too long. */
  share: { link: string | null; report: string; fileName: string } | null;
}

/** What the rules found, in the words of the knowledge base. */
export interface Cause {
  id: string;
  title: string;
  text: string;
  /** How sure it is: `proven`, `likely` or `possible`. */
  sure: string;
  outcome: Outcome;
}
