import { percentiles } from '../statistics.ts';
import { RELEASE_GAP_MS, type TimelineEvent } from '../types.ts';
import type { Watched } from './watched.ts';

/** The same event as it came through two hops. */
export interface Match {
  here: TimelineEvent;
  there: TimelineEvent;
}

/** So many events matched make a comparison. */
export const LEAST_MATCHES = 3;
/** Share of the events in the common stretch that must be the same for two recordings to be of one sequence. */
const SAME_SEQUENCE = 0.9;
/** Another alignment this good means that the payloads repeat too much to be told apart. */
const RIVAL_ALIGNMENT = 0.6;
/** Enough to align any recording of seconds, and few enough to try every shift. */
const MOST_ALIGNED_EVENTS = 2_000;
/** Differences between two arrivals of one event that spread wider than this are no jitter. */
const STEADY_MS = 50;

/**
 * Pairs the events of two recordings, or null when they are not one sequence: content made for each request (LLM
 * answers) must not be compared event by event, whatever words happen to repeat.
 */
export function matchEvents(hop: Watched, nearer: Watched): Match[] | null {
  const matches = pairEvents(hop, nearer);
  return matches === null || ownPace(hop, nearer, matches, areNamed(hop, nearer)) ? null : matches;
}

/** Do the events of both recordings bear ids? */
function areNamed(hop: Watched, nearer: Watched): boolean {
  return [hop, nearer].every(
    ({ timeline: { events } }) => events.length > 0 && events.every((event) => event.id !== null),
  );
}

/** Pairs by id or content alone, whatever the times say: for clocks that are yet to be set by these very pairs. */
export function pairEvents(hop: Watched, nearer: Watched): Match[] | null {
  const here = hop.timeline.events;
  const there = nearer.timeline.events;
  const matches = areNamed(hop, nearer)
    ? matchByKey(here, there)
    : overlap(hop, nearer)
      ? alignPayloads(here, there)
      : null;
  return matches === null || matches.length < LEAST_MATCHES ? null : matches;
}

/** Were both recordings made at the same time? Payloads without ids mean nothing across different times. */
function overlap(hop: Watched, nearer: Watched): boolean {
  const span = ({ observation }: Watched): [number, number] => [
    observation.marks.startMs,
    observation.end?.atMs ?? 0,
  ];
  const [hereFrom, hereTo] = span(hop);
  const [thereFrom, thereTo] = span(nearer);
  return hereFrom < thereTo && thereFrom < hereTo;
}

function matchByKey(here: TimelineEvent[], there: TimelineEvent[]): Match[] | null {
  const byKey = new Map(there.map((event) => [event.key, event]));
  const known = here.map((event) => byKey.has(event.key));
  const first = known.indexOf(true);
  const last = known.lastIndexOf(true);
  const stretch = known.slice(first, last + 1);
  if (first < 0 || stretch.filter(Boolean).length < stretch.length * SAME_SEQUENCE) return null;
  return here.flatMap((event) => {
    const twin = byKey.get(event.key);
    return twin === undefined ? [] : [{ here: event, there: twin }];
  });
}

/** Finds the one shift at which the payloads of both recordings agree. */
function alignPayloads(allHere: TimelineEvent[], allThere: TimelineEvent[]): Match[] | null {
  const here = allHere.slice(0, MOST_ALIGNED_EVENTS);
  const there = allThere.slice(0, MOST_ALIGNED_EVENTS);
  let best = { shift: 0, same: 0, share: 0 };
  let rival = 0;
  for (let shift = 1 - here.length; shift < there.length; shift += 1) {
    const from = Math.max(0, -shift);
    const to = Math.min(here.length, there.length - shift);
    if (to - from < LEAST_MATCHES) continue;
    let same = 0;
    for (let i = from; i < to; i += 1) if (payload(here[i]) === payload(there[i + shift])) same += 1;
    const share = same / (to - from);
    if (same > best.same) {
      rival = Math.max(rival, best.share);
      best = { shift, same, share };
    } else rival = Math.max(rival, share);
  }
  if (best.share < SAME_SEQUENCE || rival > RIVAL_ALIGNMENT) return null;
  return here.flatMap((event, i) => {
    const twin = there[i + best.shift];
    return twin !== undefined && payload(event) === payload(twin) ? [{ here: event, there: twin }] : [];
  });
}

/** The part of the key that tells the content, without the count of its repeats. */
function payload(event: TimelineEvent | undefined): string {
  return event?.key.replace(/\.\d+$/, '') ?? '';
}

/**
 * Was each recording produced at a pace of its own? Then lateness would compare two productions, not two ways.
 * A hop that holds shows in what it does to the pace: it lets several events go at once, or each with the next one.
 */
function ownPace(hop: Watched, nearer: Watched, matches: Match[], named: boolean): boolean {
  const differences = matches.map(({ here, there }) => here.atMs - there.atMs).sort((a, b) => a - b);
  const p50 = percentiles(differences)?.p50 ?? 0;
  const steady =
    differences.filter((one) => Math.abs(one - p50) <= STEADY_MS).length >= differences.length * 0.8;
  // The time to a first token differs from request to request: without ids, a steady difference proves nothing.
  if (steady) return !named && p50 > STEADY_MS;
  const batched = batchedShare(hop.timeline.events) > batchedShare(nearer.timeline.events) + 0.2;
  return !batched && !eachWithTheNext(matches);
}

/** Share of the events that came together with the one before. */
export function batchedShare(events: TimelineEvent[]): number {
  const together = events.filter(
    (event, i) => i > 0 && event.atMs - (events[i - 1]?.atMs ?? 0) <= RELEASE_GAP_MS,
  );
  return events.length < 2 ? 0 : together.length / (events.length - 1);
}

function eachWithTheNext(matches: Match[]): boolean {
  const pairs = matches
    .slice(0, -1)
    .map(({ here }, i) => Math.abs(here.atMs - (matches[i + 1]?.there.atMs ?? 0)));
  return pairs.length >= LEAST_MATCHES && pairs.filter((ms) => ms <= STEADY_MS).length >= pairs.length * 0.8;
}
