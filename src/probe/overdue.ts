import type { HoldSample } from '../types.ts';
import { requestShift } from './compare.ts';
import type { Watched } from './watched.ts';

/**
 * Events that a nearer hop delivered while this hop was still being watched and that never came here: late by at
 * least the time until the watch ended. Only events after the last one that came: those before it are lost, not late.
 */
export function overdueSamples(hop: Watched, nearer: Watched): HoldSample[] {
  const { end } = hop.observation;
  const last = hop.timeline.events.at(-1);
  if (end === null || end.reason !== 'stopped-by-probe' || last === undefined) return [];
  const position = nearer.timeline.events.findIndex((event) => event.key === last.key);
  if (position < 0) return [];
  const shiftMs = requestShift(hop, nearer);
  return nearer.timeline.events
    .slice(position + 1)
    .map((event, i) => ({
      event: hop.timeline.events.length + i,
      holdMs: end.atMs - event.atMs - shiftMs,
      dueMs: event.atMs + shiftMs,
      unsure: false,
    }))
    .filter((sample) => sample.holdMs > 0);
}
