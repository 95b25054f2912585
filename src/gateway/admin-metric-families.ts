import { Counter, Gauge, type Registry } from 'prom-client';
import { FAULT_FAMILIES } from './admin-fault-families.ts';
import type { EarlyHeadResult, Outcome, Route } from './exchange-types.ts';
import { HTTP2_CLOSINGS } from './http2-sessions.ts';
import { OBSERVED_CHANGES } from './observe.ts';
import { RouteHistogram } from './route-histogram.ts';
import type { HoldKind } from './stream-watch.ts';
import { TRAITS } from './upstream-meter.ts';

// Records, so that a route or an outcome that is added later cannot be forgotten here.
export const ROUTES = keysOf<Route>({ stream: 0, ordinary: 0, upgrade: 0 });
/** Routes on which an answer can be a stream. */
export const STREAM_ROUTES = ['stream', 'ordinary'] as const;

const OUTCOMES = keysOf<Outcome>({
  complete: 0,
  unverified: 0,
  answered: 0,
  refused: 0,
  'client-gone': 0,
  'slow-client': 0,
  'upstream-broken': 0,
  'early-head-broken': 0,
  'request-body-stalled': 0,
  'request-body-too-large': 0,
  'idle-timeout': 0,
  'max-age': 0,
  drained: 0,
  upgraded: 0,
});
const EARLY_HEAD_RESULTS = keysOf<EarlyHeadResult>({
  unanswered: 0,
  followed: 0,
  status: 0,
  type: 0,
  coding: 0,
  'no-answer': 0,
});
/** Ends of streams that the gateway brought about although both sides were there. */
export const EVICTIONS = ['slow-client', 'request-body-stalled', 'drained'] as const satisfies Outcome[];
export const HOLD_KINDS = keysOf<HoldKind>({ bursts: 0, 'late-start': 0, 'late-head': 0 });
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other', 'none'] as const;

/** Up to the five minutes for which a response head is waited for by default. */
const LATENCY_BUCKETS_S = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

/** From what is booked on to what few hops let pass: 10 s to 100 s is where idle timeouts lie. */
const PAUSE_BUCKETS_S = [1, 2, 5, 10, 15, 20, 30, 45, 60, 100, 300, 600];

/** From one second to a day: the limits that cut streams (30 s, 60 s, 100 s, 5 min, 15 min, 1 h) are among them. */
const LIFETIME_BUCKETS_S = [1, 5, 15, 30, 60, 100, 300, 600, 900, 1_800, 3_600, 14_400, 43_200, 86_400];

export type Families = ReturnType<typeof createFamilies>;

/** Every metric of the gateway, in this registry, each series there from the start so that its first increase is seen. */
export function createFamilies(registry: Registry) {
  const registers = [registry];
  // `aggregator`: what several workers have in common is not added up.
  const gauge = <T extends string>(
    name: string,
    help: string,
    labelNames: T[],
    aggregator: 'sum' | 'first' | 'max' = 'sum',
  ) => new Gauge({ name: `unclog_${name}`, help, labelNames, registers, aggregator });
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name: `unclog_${name}_total`, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new RouteHistogram(registry, `unclog_${name}_seconds`, help, buckets);

  const families = {
    buildInfo: gauge('build_info', 'Always 1; the label says which version runs.', ['version'], 'first'),
    draining: gauge('draining', '1 while the gateway shuts down, else 0.', [], 'max'),
    openRequests: gauge('open_requests', 'Requests under way, streams and upgrades included.', ['route']),
    unansweredRequests: gauge('unanswered_requests', 'Requests under way that have no response head yet.', [
      'route',
    ]),
    openStreams: gauge('open_streams', 'Streams under way: the response head of a stream was passed on.', [
      'route',
    ]),
    heldStreams: gauge(
      'held_streams',
      'Streams under way that are held before they get here, by what shows it.',
      ['route', 'kind'],
    ),
    stalledClients: gauge(
      'stalled_clients',
      'Answers under way whose client reads too slowly, so that their upstream is not read.',
      ['route'],
    ),
    requests: counter('requests', 'Requests by class of the answer; none: it ended without one.', [
      'route',
      'status_class',
    ]),
    requestsEnded: counter('requests_ended', 'Requests that are over, by how they ended.', [
      'route',
      'outcome',
    ]),
    streamsEnded: counter('streams_ended', 'Streams that are over, by how they ended.', ['route', 'outcome']),
    evictions: counter(
      'evictions',
      'Streams and upgrades that the gateway ended while both sides were there.',
      ['route', 'reason'],
    ),
    holds: counter('upstream_holds', 'Streams that were held before they got here, by what shows it.', [
      'route',
      'kind',
    ]),
    pieces: counter(
      'response_pieces',
      'Chunks of bodies passed on; of those that come without chunks, pieces as they were read.',
      ['route'],
    ),
    bytes: counter(
      'response_body_bytes',
      'Body bytes taken from the upstream and passed on, without the framing of chunks.',
      ['route'],
    ),
    heartbeats: counter('heartbeats', 'Comment lines put into quiet event streams.', ['route']),
    earlyHeads: counter(
      'early_heads',
      'Heads sent before that of the upstream, by what became of them; counted at the end.',
      ['result'],
    ),
    observedChanges: counter(
      'observed_changes',
      'Streams in observe mode whose field passthrough would change; counted at the end.',
      ['route', 'field'],
    ),
    observedTraits: counter(
      'observed_upstream_traits',
      'Streams in observe mode whose upstream hints at something that holds them; counted at the end.',
      ['route', 'trait'],
    ),
    timeToHead: histogram(
      'time_to_response_head',
      'Time from the request to the response head of the upstream, passed on.',
      LATENCY_BUCKETS_S,
    ),
    timeToFirstByte: histogram(
      'time_to_first_body_byte',
      'Time from the request to the first byte of the body, passed on.',
      LATENCY_BUCKETS_S,
    ),
    timeToFirstEvent: histogram(
      'time_to_first_event',
      'Time from the request to the first whole event or line of a stream, passed on.',
      LATENCY_BUCKETS_S,
    ),
    pauses: histogram(
      'stream_pause',
      'Pauses of a second and more after which a stream went on.',
      PAUSE_BUCKETS_S,
    ),
    unmarkedBreaks: counter(
      'unmarked_breaks',
      'Broken answers that look whole to their client: without length, to HTTP/1.0 over a unix socket.',
      [],
    ),
    http2Closed: counter(
      'http2_connections_closed',
      'HTTP/2 connections closed on clients that asked for too much or broke the protocol.',
      ['reason'],
    ),
    streamLifetime: histogram(
      'stream_lifetime',
      'Time from the request to the end of a stream, however it ended.',
      LIFETIME_BUCKETS_S,
    ),
    faults: {
      rejected: counter('rejected_requests', 'Requests refused by the gateway itself.', ['reason']),
      connect: counter('upstream_connect_failures', 'Requests for which no upstream connection was had.', [
        'reason',
      ]),
      unanswered: counter('upstream_no_answer', 'Requests that a connected upstream did not answer.', [
        'reason',
      ]),
      malformed: counter(
        'upstream_malformed_answers',
        'Answers of the upstream that could not be passed on.',
        ['reason'],
      ),
    },
  };
  startAtZero(families);
  return families;
}

function startAtZero(families: Omit<Families, 'buildInfo'>): void {
  for (const route of ROUTES) {
    families.bytes.inc({ route }, 0);
    families.pieces.inc({ route }, 0);
    for (const reason of EVICTIONS) families.evictions.inc({ route, reason }, 0);
    for (const status_class of STATUS_CLASSES) families.requests.inc({ route, status_class }, 0);
    for (const outcome of OUTCOMES) families.requestsEnded.inc({ route, outcome }, 0);
  }
  for (const route of STREAM_ROUTES) {
    families.timeToHead.zero(route);
    families.timeToFirstByte.zero(route);
    families.timeToFirstEvent.zero(route);
    families.pauses.zero(route);
    families.streamLifetime.zero(route);
    for (const kind of HOLD_KINDS) families.holds.inc({ route, kind }, 0);
    for (const outcome of OUTCOMES) families.streamsEnded.inc({ route, outcome }, 0);
    families.heartbeats.inc({ route }, 0);
    for (const field of OBSERVED_CHANGES) families.observedChanges.inc({ route, field }, 0);
    for (const trait of TRAITS) families.observedTraits.inc({ route, trait }, 0);
  }
  for (const result of EARLY_HEAD_RESULTS) families.earlyHeads.inc({ result }, 0);
  for (const reason of HTTP2_CLOSINGS) families.http2Closed.inc({ reason }, 0);
  for (const fault of keysOf(FAULT_FAMILIES))
    families.faults[FAULT_FAMILIES[fault]].inc({ reason: fault }, 0);
}

function keysOf<T extends string>(record: Readonly<Record<T, unknown>>): T[] {
  return Object.keys(record) as T[];
}
