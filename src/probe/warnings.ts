import { showMs } from '../knowledge/phrases.ts';
import type { HopFacts, TimelineEvent } from '../types.ts';
import { browserWarnings, clumping, triggerWarnings } from './case-warnings.ts';
import { mcpWarnings } from './mcp-warnings.ts';

/** Fewer events than this make percentiles mean little. */
const FEW_EVENTS = 5;
/** Clock errors above this are a good part of the threshold. */
const LARGE_CLOCK_ERROR_MS = 60;
/** The limit that most products have for an idle connection, or for a whole answer. */
const USUAL_LIMIT_MS = 60_000;

/** What limits the trust in the numbers, and what happened on the way to them: one sentence each. */
export function collectWarnings(hops: HopFacts[]): string[] {
  const about = [onTheWay, fewEvents, clockTrouble, notDecoded, brokenRules];
  const each = hops.flatMap((hop) =>
    about.flatMap((check) => check(hop).map((text) => `${hop.name}: ${text}`)),
  );
  const cases = hops.flatMap((hop) => [
    ...triggerWarnings(hop),
    ...browserWarnings(hop),
    ...mcpWarnings(hop),
    ...clumping(hop, hops[hop.index - 1] ?? null),
  ]);
  return [...each, ...cases, ...tooShort(hops)];
}

function onTheWay({ observation }: HopFacts): string[] {
  const { redirects = [], proxy, tls } = observation;
  const followed = redirects.map(({ status, location, withoutCredentials }) => {
    const without = withoutCredentials ? '; credentials were not sent there, since it is another origin' : '';
    return `followed a redirect (${status}) to ${location}${without}`;
  });
  return [
    // One that leads to itself is followed often, and told of once.
    ...new Set(followed),
    ...(proxy === undefined
      ? []
      : [
          `the request went through the proxy ${proxy.url}, which ${proxy.from} names; what it does is part of this hop`,
        ]),
    ...(tls?.unverified === undefined
      ? []
      : [`the certificate was not accepted (${tls.unverified}), and -k ignores that`]),
  ];
}

function fewEvents({ observation, timeline }: HopFacts): string[] {
  const count = timeline.events.length;
  const { end, limits } = observation;
  if (count === 0 || count >= FEW_EVENTS) return [];
  const seen = `only ${count} ${count === 1 ? 'event' : 'events'} seen`;
  if (end?.reason !== 'stopped-by-probe') return [`${seen}: the answer ended`];
  if (limits.events === count) return [`${seen}, as --events ${count} says; more make the numbers mean more`];
  return [`${seen} in ${showMs(limits.durationMs)}; watch longer ${howLong(timeline.events)}`];
}

/** So many events let one see a pace. */
const ENOUGH_EVENTS = 10;
/** A watch is advised for at most so long. */
const LONGEST_WATCH_MS = 3_600_000;

/** By the pauses seen: a stream with one event a minute needs minutes. */
function howLong(events: TimelineEvent[]): string {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined || events.length < 2)
    return "with --duration, or make events happen with --trigger 'COMMAND'";
  const gapMs = (last.atMs - first.atMs) / (events.length - 1);
  const advisedMs = Math.min(LONGEST_WATCH_MS, gapMs * ENOUGH_EVENTS);
  const flag =
    advisedMs >= 120_000 ? `${Math.ceil(advisedMs / 60_000)}m` : `${Math.ceil(advisedMs / 1_000)}s`;
  return `with --duration ${flag}: they come ${showMs(gapMs)} apart`;
}

function clockTrouble({ clockErrorMs, clock }: HopFacts): string[] {
  if (clock?.stepMs != null)
    return [
      `the origin's clock was set by ${showMs(clock.stepMs)} while the stream was watched: hold times of that moment mean nothing`,
    ];
  if ((clockErrorMs ?? 0) <= LARGE_CLOCK_ERROR_MS) return [];
  return [`hold times are known to within ${Math.round(clockErrorMs ?? 0)} ms only, the path is not steady`];
}

function notDecoded({ timeline, observation }: HopFacts): string[] {
  const coding = timeline.contentCoding ?? 'unknown';
  return [
    ...(timeline.decoded
      ? []
      : [`the ${coding} content coding could not be undone, so its events were not read`]),
    ...(observation.end?.detail == null ? [] : [observation.end.detail]),
  ];
}

function brokenRules({ observation }: HopFacts): string[] {
  const faults = observation.wire?.faults ?? [];
  return faults.map(({ code, detail }) =>
    code === 'too-many-redirects'
      ? detail
      : `the answer breaks the protocol, and stricter readers refuse it: ${detail}`,
  );
}

/** A stream that flows for ten seconds says nothing about what happens after a minute. */
function tooShort(hops: HopFacts[]): string[] {
  const watched = hops.map(({ observation: { marks, end } }) => (end?.atMs ?? 0) - marks.startMs);
  const wellSoFar = hops.every(
    (hop) => hop.verdict === 'streaming' && hop.observation.end?.reason === 'stopped-by-probe',
  );
  const shortestMs = Math.min(...watched);
  if (!wellSoFar || shortestMs >= USUAL_LIMIT_MS) return [];
  const byCount = hops.some(
    ({ observation, timeline }) => observation.limits.events === timeline.events.length,
  );
  const flags = byCount ? '--duration 75s without --events' : '--duration 75s';
  return [
    `watched for ${showMs(shortestMs)}: a hop that cuts streams after a time (60 s is usual) would not show; ${flags} would show it`,
  ];
}
