import { median } from '../statistics.ts';
import type { HoldSample, Observation, TimelineEvent } from '../types.ts';
import { downPath } from './clock-offset.ts';
import { compareWithTrigger } from './compare-trigger.ts';
import type { Comparison } from './comparison.ts';
import { LEAST_MATCHES, matchEvents } from './match.ts';
import type { Watched } from './watched.ts';

/** A stamp is a whole number of milliseconds: it may be up to this much too early. */
const STAMP_ROUNDING_MS = 1;
/** Two connections opened within this time of each other count as one moment. */
const SAME_MOMENT_MS = 50;

const NOT_COMPARED: Comparison = {
  basis: 'none',
  holds: [],
  clockErrorMs: null,
  headHoldMs: null,
  constantMs: null,
};

/**
 * Takes clock offset and path latency out of the arrival times of one hop.
 *
 * Best basis first: the origin's stamps with a clock exchange on the same path; the stamps alone, relative to the
 * fastest event; the same events seen through a nearer hop; else only the pace of the arrivals is known.
 */
export function compareHop(hop: Watched, others: Watched[]): Comparison {
  const stamped = stampedEvents(hop);
  const nearer = others.filter((other) => other !== hop).find((other) => other.timeline.events.length > 0);
  const compared =
    stamped.length > 0 && stamped.length * 2 >= hop.timeline.events.length
      ? compareWithStamps(hop, stamped, others)
      : compareWithNearer(hop, nearer);
  const triggered = (): Comparison | null =>
    compareWithTrigger(hop, (index, latenessMs) =>
      sample(hop, hop.timeline.events[index] as TimelineEvent, index, latenessMs),
    );
  const basis = compared ??
    triggered() ?? {
      ...NOT_COMPARED,
      basis: hop.timeline.events.length >= LEAST_MATCHES ? 'pace' : 'none',
    };
  return { ...basis, headHoldMs: basis.headHoldMs ?? headHoldAgainst(hop, nearer) };
}

function toEpoch(observation: Observation, atMs: number): number {
  return observation.startedAtEpochMs + atMs;
}

function stampedEvents(hop: Watched): TimelineEvent[] {
  return hop.timeline.events.filter((event) => event.sentAtEpochMs !== null);
}

/** Arrival less stamp: lateness, path latency and clock offset in one. */
function lateBy(observation: Observation, event: TimelineEvent): number {
  return toEpoch(observation, event.atMs) - (event.sentAtEpochMs ?? 0);
}

function compareWithStamps(hop: Watched, stamped: TimelineEvent[], others: Watched[]): Comparison {
  const { observation } = hop;
  const raw = stamped.map((event) => lateBy(observation, event));
  const baseline = stampBaseline(hop, raw, others);
  const askedMs = askedAt(hop, stamped, raw, baseline);
  const holds = stamped.map((event, i) =>
    sample(hop, event, i, (raw[i] ?? 0) - baseline.offsetAt(event.atMs), askedMs),
  );
  const sentHead = headStamp(observation);
  const headMs = observation.marks.headMs;
  return {
    basis: baseline.basis,
    holds,
    clockErrorMs: baseline.errorMs,
    headHoldMs:
      sentHead === null || headMs === null
        ? null
        : // As with events: nobody held for this reader what was sent before it asked (a recording out of a cache).
          Math.min(
            Math.max(0, toEpoch(observation, headMs) - sentHead - baseline.offsetAt(headMs)),
            Math.max(0, headMs - askedMs),
          ),
    constantMs:
      baseline.basis === 'stamps-relative'
        ? null
        : Math.max(0, Math.min(...stamped.map((event, i) => (raw[i] ?? 0) - baseline.offsetAt(event.atMs)))),
  };
}

/**
 * From when on an event can have been held for this reader: since its request. Of a recording, all of it older than the
 * request, nothing is held that comes with its head: how long an answer takes to begin is another matter.
 */
function askedAt(hop: Watched, stamped: TimelineEvent[], raw: number[], { offsetAt }: Baseline): number {
  const sentMs = requestSentMs(hop.observation);
  const headMs = hop.observation.marks.headMs;
  const recorded = stamped.every((event, i) => event.atMs - ((raw[i] ?? 0) - offsetAt(event.atMs)) < sentMs);
  return recorded && headMs !== null ? headMs : sentMs;
}

interface Baseline {
  basis: 'stamps' | 'stamps-relative' | 'first-hop';
  /** What arrival less stamp is, at a moment of the run, for an event that nobody held. */
  offsetAt: (atMs: number) => number;
  errorMs: number;
}

function stampBaseline(hop: Watched, raw: number[], others: Watched[]): Baseline {
  const own = downPath(hop.observation);
  if (own !== null) return { basis: 'stamps', offsetAt: own.at, errorMs: own.errorMs };
  // Another hop's exchange tells the clock offset; what this path takes on top is bounded by its round trip.
  const theirs = others
    .filter((other) => sameClock(hop, other))
    .map((other) => downPath(other.observation))
    .find((path) => path !== null);
  const roundTripMs = pathRoundTrip(hop.observation);
  if (theirs !== undefined && roundTripMs !== null)
    return {
      basis: 'stamps',
      offsetAt: (atMs) => theirs.at(atMs) + roundTripMs / 2,
      errorMs: theirs.errorMs + roundTripMs,
    };
  const fastest = Math.min(...raw);
  return (
    againstNearerStamps(hop, others) ?? {
      basis: 'stamps-relative',
      offsetAt: () => fastest,
      errorMs: STAMP_ROUNDING_MS,
    }
  );
}

/** No clock to ask, but a nearer hop's fastest event tells what a stranger's stamps are off by. */
function againstNearerStamps(hop: Watched, others: Watched[]): Baseline | null {
  const nearer = others.find((other) => stampedEvents(other).length > 0 && sameClock(hop, other));
  if (nearer === undefined) return null;
  const fastest = Math.min(...stampedEvents(nearer).map((event) => lateBy(nearer.observation, event)));
  const { excessMs, errorMs } = pathExcess(hop, nearer);
  return { basis: 'first-hop', offsetAt: () => fastest + excessMs, errorMs };
}

/** Epoch milliseconds at which an unclog origin wrote its response head. */
function headStamp(observation: Observation): number | null {
  const field = observation.response?.headers.find(([name]) => name.toLowerCase() === 'unclog-sent-at');
  const value = Number(field?.[1]);
  return field !== undefined && Number.isFinite(value) && value > 0 ? value : null;
}

/** What a short, complete exchange takes on this path: the fastest one, else the connection's own round trip. */
export function pathRoundTrip(observation: Observation): number | null {
  const exchanges = observation.pathExchanges.map((exchange) => exchange.receivedAtMs - exchange.sentAtMs);
  if (exchanges.length > 0) return Math.min(...exchanges);
  const { startMs, dialMs, dnsMs, connectMs } = observation.marks;
  return connectMs === null ? null : connectMs - (dnsMs ?? dialMs ?? startMs);
}

/** How much longer this path is than the nearer one's, and how sure that is. */
function pathExcess(hop: Watched, nearer: Watched): { excessMs: number; errorMs: number } {
  const here = pathRoundTrip(hop.observation);
  const there = pathRoundTrip(nearer.observation);
  if (here === null || there === null) return { excessMs: 0, errorMs: STAMP_ROUNDING_MS };
  const jitter = [hop, nearer].map(({ observation }) => {
    const trips = observation.pathExchanges.map((exchange) => exchange.receivedAtMs - exchange.sentAtMs);
    return trips.length === 0 ? 0 : median(trips) - Math.min(...trips);
  });
  return {
    excessMs: Math.max(0, here - there),
    errorMs: STAMP_ROUNDING_MS + (jitter[0] ?? 0) + (jitter[1] ?? 0),
  };
}

/** Time of a moment in one recording on the other's terms: see {@link requestShift}. */
function requestSentMs(observation: Observation): number {
  return observation.marks.requestMs ?? observation.marks.startMs;
}

/**
 * Streams that are made per connection begin with their own request; broadcasts do not care. Connections opened
 * together cannot be told apart that way and need not be: the later request is only given the benefit of the doubt.
 */
export function requestShift(hop: Watched, nearer: Watched): number {
  // Recordings of two machines are lined up by their events, not by their requests.
  if (!sameClock(hop, nearer)) return 0;
  const shift = requestSentMs(hop.observation) - requestSentMs(nearer.observation);
  return Math.abs(shift) < SAME_MOMENT_MS ? Math.max(0, shift) : shift;
}

function compareWithNearer(hop: Watched, nearer: Watched | undefined): Comparison | null {
  const matches = nearer === undefined ? null : matchEvents(hop, nearer);
  if (nearer === undefined || matches === null) return null;
  const { excessMs: longerMs, errorMs } = pathExcess(hop, nearer);
  const excessMs = sameClock(hop, nearer) ? longerMs : 0;
  const shiftMs = requestShift(hop, nearer) + excessMs;
  const raw = matches.map(({ here, there }) => here.atMs - there.atMs - shiftMs);
  return {
    basis: 'first-hop',
    holds: matches.map(({ here }, i) => sample(hop, here, i, raw[i] ?? 0)),
    clockErrorMs: errorMs,
    headHoldMs: null,
    constantMs: sameClock(hop, nearer) ? Math.max(0, Math.min(...raw)) : null,
  };
}

/** False for recordings of two machines: their clocks may be apart by anything. */
function sameClock(hop: Watched, other: Watched): boolean {
  return hop.observation.clock === other.observation.clock;
}

function headHoldAgainst(hop: Watched, nearer: Watched | undefined): number | null {
  const here = hop.observation.marks.headMs;
  const there = nearer?.observation.marks.headMs ?? null;
  if (nearer === undefined || here === null || there === null) return null;
  const { excessMs } = pathExcess(hop, nearer);
  const waitedHere = here - requestSentMs(hop.observation);
  const waitedThere = there - requestSentMs(nearer.observation);
  return Math.max(0, waitedHere - waitedThere - excessMs);
}

/** An event that trickles in, in so many pieces, is on a slow link: a hop that holds lets go of it at once or in two. */
const TRICKLING_PIECES = 4;

function sample(
  hop: Watched,
  event: TimelineEvent,
  index: number,
  latenessMs: number,
  askedMs = requestSentMs(hop.observation),
): HoldSample {
  const transmissionMs = event.pieces >= TRICKLING_PIECES ? event.atMs - event.startMs : 0;
  // What is older than the request is history sent again, or a recording: nobody held it for this reader.
  const sinceRequestMs = Math.max(0, event.atMs - askedMs);
  const holdMs = Math.min(Math.max(0, latenessMs - transmissionMs), sinceRequestMs);
  return {
    event: index,
    holdMs,
    dueMs: event.atMs - holdMs,
    unsure: coincidesWithLag(hop.observation, event.atMs, holdMs),
  };
}

/** Was the prober itself asleep just before this arrival, for a good part of the lateness found? */
export function coincidesWithLag(observation: Observation, atMs: number, holdMs: number): boolean {
  return observation.proberLags.some(
    (lag) => atMs >= lag.atMs - lag.lagMs - 20 && atMs <= lag.atMs + 20 && lag.lagMs * 2 >= holdMs,
  );
}
