import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Fault } from './errors.ts';
import type { Outcome, Route } from './exchange.ts';

/** What a fault is counted as: whose it is, and where it happened. */
export type FaultFamily = 'rejected' | 'connect' | 'malformed' | 'unanswered';

export const FAULT_FAMILIES: Readonly<Record<Fault, FaultFamily>> = {
  'bad-request': 'rejected',
  'bad-target': 'rejected',
  'duplicate-host': 'rejected',
  'method-not-supported': 'rejected',
  'request-timeout': 'rejected',
  'expectation-failed': 'rejected',
  'request-head-too-large': 'rejected',
  'request-coding': 'rejected',
  'version-not-supported': 'rejected',
  internal: 'rejected',
  draining: 'rejected',
  'connection-limit': 'rejected',
  'stream-limit': 'rejected',
  'dns-error': 'connect',
  'connection-refused': 'connect',
  unroutable: 'connect',
  'connection-timeout': 'connect',
  'tls-certificate': 'connect',
  'tls-protocol': 'connect',
  'connection-terminated': 'unanswered',
  'response-timeout': 'unanswered',
  'request-body-stalled': 'unanswered',
  'response-malformed': 'malformed',
  'response-head-too-large': 'malformed',
  'response-coding': 'malformed',
  'upgrade-failed': 'malformed',
};

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
  'request-body-stalled': 0,
  drained: 0,
  upgraded: 0,
});
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other', 'none'] as const;

/** Up to the five minutes for which a response head is waited for by default. */
const LATENCY_BUCKETS_S = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

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
    new Histogram({ name: `unclog_${name}_seconds`, help, buckets, labelNames: ['route'], registers });

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
    bytes: counter(
      'response_body_bytes',
      'Body bytes taken from the upstream and passed on, without the framing of chunks.',
      ['route'],
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
    for (const status_class of STATUS_CLASSES) families.requests.inc({ route, status_class }, 0);
    for (const outcome of OUTCOMES) families.requestsEnded.inc({ route, outcome }, 0);
  }
  for (const route of STREAM_ROUTES) {
    families.timeToHead.zero({ route });
    families.timeToFirstByte.zero({ route });
    families.streamLifetime.zero({ route });
    for (const outcome of OUTCOMES) families.streamsEnded.inc({ route, outcome }, 0);
  }
  for (const fault of keysOf(FAULT_FAMILIES))
    families.faults[FAULT_FAMILIES[fault]].inc({ reason: fault }, 0);
}

function keysOf<T extends string>(record: Readonly<Record<T, unknown>>): T[] {
  return Object.keys(record) as T[];
}
