import type { JudgeOptions, Observation, Report } from '../types.ts';
import { diagnoseWatched, JUDGE_DEFAULTS } from './diagnose-watched.ts';
import { buildTimeline } from './timeline.ts';

export { JUDGE_DEFAULTS };

/**
 * Judges observations: pure, no network, no clock. The first observation is the hop nearest to the origin.
 *
 * @param observations one per hop, in order from the origin outward; at least one
 * @param options thresholds; each defaults to {@link JUDGE_DEFAULTS}
 */
export function diagnose(observations: Observation[], options: Partial<JudgeOptions> = {}): Report {
  const watched = observations.map((observation) => ({ observation, timeline: buildTimeline(observation) }));
  return diagnoseWatched(watched, options);
}
