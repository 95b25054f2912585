import type { Observation, Timeline } from '../types.ts';

/** One hop's recording and its events. */
export interface Watched {
  observation: Observation;
  timeline: Timeline;
}
