import type { Observation } from '../types.ts';

/** Where the watched stream came from: behind redirects, the last of them. */
export function streamUrlOf(observation: Observation): string {
  return observation.redirects?.at(-1)?.location ?? observation.url;
}
