import type { HopFacts } from '../types.ts';

/** Fewer events than this make percentiles mean little. */
const FEW_EVENTS = 5;
/** Clock errors above this are a good part of the threshold. */
const LARGE_CLOCK_ERROR_MS = 60;

/** What limits the trust in the numbers, one sentence each. */
export function collectWarnings(hops: HopFacts[]): string[] {
  const warnings: string[] = [];
  for (const hop of hops) {
    const count = hop.timeline.events.length;
    if (count > 0 && count < FEW_EVENTS) {
      warnings.push(
        `${hop.name}: only ${count} ${count === 1 ? 'event' : 'events'} seen; watch longer with --duration`,
      );
    }
    if ((hop.clockErrorMs ?? 0) > LARGE_CLOCK_ERROR_MS) {
      const error = Math.round(hop.clockErrorMs ?? 0);
      warnings.push(`${hop.name}: hold times are known to within ${error} ms only, the path is not steady`);
    }
    if (!hop.timeline.decoded) {
      const coding = hop.timeline.contentCoding ?? 'unknown';
      warnings.push(
        `${hop.name}: the ${coding} content coding could not be undone, so its events were not read`,
      );
    }
    if (hop.observation.end?.detail != null) warnings.push(`${hop.name}: ${hop.observation.end.detail}`);
  }
  return warnings;
}
