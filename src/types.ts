/**
 * START HERE. The data that flows through a measurement, in order:
 *
 * `Observation` (raw, what a socket showed) → `Timeline` (events with times) → `HopFacts` (compared with
 * stamps and nearer hops) → `Finding`s and a `Verdict` per hop → `Report`.
 *
 * Everything but the observation is computed by pure functions, so a saved observation judged later gives
 * the same report. Times are `…Ms` numbers on one monotonic clock whose zero is the start of the run, unless
 * a name says `EpochMs`.
 */

export * from './types/browser.ts';
export * from './types/experiment.ts';
export * from './types/facts.ts';
export * from './types/finding.ts';
export * from './types/hold.ts';
export * from './types/observation.ts';
export * from './types/report.ts';
export * from './types/timeline.ts';
export * from './types/words.ts';
