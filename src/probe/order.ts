import type { HopFacts, TimelineEvent } from '../types.ts';
import { LEAST_MATCHES } from './match.ts';
import type { Watched } from './watched.ts';

type Order = Pick<HopFacts, 'lost' | 'duplicated' | 'reordered' | 'rewritten'>;

const UNKNOWN: Order = { lost: null, duplicated: null, reordered: null, rewritten: null };

/**
 * Counts what a hop lost, repeated or reordered: from the sequence numbers of an unclog origin, else against the
 * events of a nearer hop. Null where neither is there to count by.
 */
export function checkOrder(hop: Watched, nearer: Watched | null): Order {
  const { events } = hop.timeline;
  // Only a sequence number that is the event's id as well is known to count this very stream.
  const counted = events.length > 0 && events.every(isStamped);
  if (counted) return orderOf(events.map((event) => event.seq ?? 0));
  const rewritten = nearer === null ? null : countRewritten(hop, nearer);
  if (rewritten !== null) return { ...UNKNOWN, rewritten };
  return nearer === null ? UNKNOWN : orderAgainst(hop, nearer);
}

/** Stamps of an unclog origin that the nearer hop delivers whole do not get lost by themselves. */
function countRewritten(hop: Watched, nearer: Watched): number | null {
  const stamped = new Set(nearer.timeline.events.filter(isStamped).map((event) => event.id));
  const sameOrigin = hop.observation.response?.headers.some(
    ([name]) => name.toLowerCase() === 'unclog-sent-at',
  );
  if (sameOrigin !== true || stamped.size === 0) return null;
  return hop.timeline.events.filter((event) => stamped.has(event.id) && !isStamped(event)).length;
}

function isStamped({ id, seq }: TimelineEvent): boolean {
  return seq !== null && id === String(seq);
}

function orderOf(numbers: number[]): Order {
  const seen = new Set<number>();
  let duplicated = 0;
  let reordered = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (const seq of numbers) {
    if (seen.has(seq)) duplicated += 1;
    else if (seq < highest) reordered += 1;
    seen.add(seq);
    highest = Math.max(highest, seq);
  }
  const lowest = Math.min(...numbers);
  return { lost: highest - lowest + 1 - seen.size, duplicated, reordered, rewritten: 0 };
}

/** Events with ids that the nearer hop delivered between two that came here as well, and that never came here. */
function orderAgainst(hop: Watched, nearer: Watched): Order {
  const here = hop.timeline.events.filter((event) => event.id !== null).map((event) => event.key);
  const place = new Map(nearer.timeline.events.map((event, i) => [event.key, i]));
  const places = here.map((key) => place.get(key)).filter((at) => at !== undefined);
  if (places.length < LEAST_MATCHES) return UNKNOWN;
  const first = here.findIndex((key) => place.has(key));
  const last = here.map((key) => place.has(key)).lastIndexOf(true);
  // Ids in between that the nearer hop never had: two sequences that share some names, not one with gaps.
  if (here.slice(first, last + 1).some((key) => !place.has(key))) return UNKNOWN;
  const lowest = Math.min(...places);
  const highest = Math.max(...places);
  const reordered = places.filter((at, i) => i > 0 && at < (places[i - 1] ?? 0)).length;
  return { lost: highest - lowest + 1 - new Set(places).size, duplicated: 0, reordered, rewritten: null };
}
