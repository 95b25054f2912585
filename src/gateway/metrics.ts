import { statSync } from 'node:fs';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from '../version.ts';
import { FAULT_FAMILIES } from './admin-fault-families.ts';
import {
  createFamilies,
  EVICTIONS,
  type Families,
  HOLD_KINDS,
  ROUTES,
  type STATUS_CLASSES,
  STREAM_ROUTES,
} from './admin-metric-families.ts';
import type { Fault } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Outcome, Route } from './exchange-types.ts';
import type { Http2Closing } from './http2-sessions.ts';
import type { HoldKind } from './stream-watch.ts';
import type { Observation } from './upstream-meter.ts';

/** What the metrics read of their gateway, at each scrape. */
export interface MetricsSource {
  /** Requests under way. */
  readonly open: Iterable<Exchange>;
  isDraining(): boolean;
  /** Books what is over and not booked yet. */
  catchUp(): void;
}

/** The gateway's metrics: fed once for each exchange, never for a piece of a stream. */
export interface GatewayMetrics {
  /** Books an exchange that is over; once for each. */
  settled(exchange: Exchange): void;
  /** Books a request that was refused before an exchange could begin. */
  rejected(fault: Fault): void;
  /** Books a pause of a stream. */
  paused(exchange: Exchange, ms: number): void;
  /** Books that a stream is held before it gets here. */
  held(exchange: Exchange, kind: HoldKind): void;
  /** Books a broken answer that looks whole to its client. */
  unmarkedBreak(): void;
  /** Books an HTTP/2 connection that was closed on its client. */
  http2Closed(reason: Http2Closing): void;
  /** Everything in Prometheus' text format, version 0.0.4, with the process's own metrics behind. */
  text(): Promise<string>;
  /** The same as JSON, to be merged with that of other processes. */
  snapshot(): Promise<MetricsSnapshot>;
}

/** Every metric with its values. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Media type of metrics as text. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** What has been counted of an exchange that may still be open. */
interface Noted {
  answered: boolean;
  head: boolean;
  firstByte: boolean;
  firstEvent: boolean;
  bytes: number;
  heartbeats: number;
  pieces: number;
}

/** Metrics in a registry of their own, every series there from the start, so that the first increase is seen. */
export function createMetrics(source: MetricsSource): GatewayMetrics {
  const registry = new Registry();
  const families = createFamilies(registry);
  /** Of open exchanges that a scrape has seen. Not weak: a collector has to look at each entry of such a map, again and again. */
  const noted = new Map<Exchange, Noted>();
  const ofProcess = processRegistry();
  families.buildInfo.set({ version: VERSION }, 1);

  /** What has passed and is not in the families yet: finding a series costs more than to add up, for thousands of streams. */
  const passed = { bytes: zeros(), pieces: zeros(), heartbeats: zeros() };
  const ends: Record<Route, Ends> = { stream: noEnds(), ordinary: noEnds(), upgrade: noEnds() };

  function book(route: Route): void {
    const { bytes, pieces, heartbeats } = passed;
    if (bytes[route] > 0) families.bytes.inc({ route }, bytes[route]);
    if (pieces[route] > 0) families.pieces.inc({ route }, pieces[route]);
    if (heartbeats[route] > 0) families.heartbeats.inc({ route }, heartbeats[route]);
    for (const sums of [bytes, pieces, heartbeats]) sums[route] = 0;
    const { statuses, requests, streams } = ends[route];
    for (const [status_class, count] of statuses) families.requests.inc({ route, status_class }, count);
    for (const [outcome, count] of requests) families.requestsEnded.inc({ route, outcome }, count);
    for (const [outcome, count] of streams) families.streamsEnded.inc({ route, outcome }, count);
    for (const counts of [statuses, requests, streams]) counts.clear();
  }

  /** Counts what is new about an exchange since it was last looked at: at each scrape, and when it is over. */
  function note(exchange: Exchange): void {
    const { route, status, headAtMs, firstByteAtMs, startedMs } = exchange;
    const known = noted.get(exchange) ?? nothing();
    if (!exchange.isSettled) noted.set(exchange, known);
    if (!known.answered && (status !== null || exchange.isSettled)) {
      known.answered = true;
      increase(ends[route].statuses, statusClass(status));
    }
    if (!known.head && headAtMs !== null) {
      known.head = true;
      families.timeToHead.observe(route, (headAtMs - startedMs) / 1_000);
    }
    const { heartbeats } = exchange.insertions ?? known;
    if (heartbeats > known.heartbeats) {
      passed.heartbeats[route] += heartbeats - known.heartbeats;
      known.heartbeats = heartbeats;
    }
    const bytes = exchange.payloadBytes();
    if (bytes <= known.bytes) return;
    passed.bytes[route] += bytes - known.bytes;
    known.bytes = bytes;
    const pieces = exchange.transport?.pieces ?? 0;
    passed.pieces[route] += pieces - known.pieces;
    known.pieces = pieces;
    const firstEventAtMs = exchange.watch?.firstEventAtMs ?? null;
    if (!known.firstEvent && firstEventAtMs !== null) {
      known.firstEvent = true;
      families.timeToFirstEvent.observe(route, (firstEventAtMs - startedMs) / 1_000);
    }
    if (known.firstByte || firstByteAtMs === null) return;
    known.firstByte = true;
    families.timeToFirstByte.observe(route, (firstByteAtMs - startedMs) / 1_000);
  }

  function refresh(): void {
    source.catchUp();
    for (const exchange of source.open) note(exchange);
    for (const route of ROUTES) book(route);
    setGauges(families, source);
  }

  function count(fault: Fault): void {
    families.faults[FAULT_FAMILIES[fault]].inc({ reason: fault });
  }

  return {
    settled(exchange) {
      const { route, outcome, fault, startedMs, endedAtMs } = exchange;
      if (outcome === null || endedAtMs === null) return;
      note(exchange);
      noted.delete(exchange);
      increase(ends[route].requests, outcome);
      // Once a head has gone out, a fault is the outcome's business, unless it says that the answer was no valid one.
      if (fault !== null && (outcome === 'refused' || FAULT_FAMILIES[fault] === 'malformed')) count(fault);
      if (exchange.earlyHead !== null) families.earlyHeads.inc({ result: exchange.earlyHead });
      if (exchange.observed !== null) countObservation(families, route, exchange.observed());
      const reason = EVICTIONS.find((name) => name === outcome);
      if (reason !== undefined && (exchange.isStream || route === 'upgrade'))
        families.evictions.inc({ route, reason });
      if (!exchange.isStream) return;
      increase(ends[route].streams, outcome);
      families.streamLifetime.observe(route, (endedAtMs - startedMs) / 1_000);
    },
    rejected: count,
    paused: ({ route }, ms) => families.pauses.observe(route, ms / 1_000),
    held: ({ route }, kind) => families.holds.inc({ route, kind }),
    unmarkedBreak: () => families.unmarkedBreaks.inc(),
    http2Closed: (reason) => families.http2Closed.inc({ reason }),
    async text() {
      refresh();
      return `${await registry.metrics()}\n${await ofProcess.metrics()}`;
    },
    async snapshot() {
      refresh();
      return [...(await registry.getMetricsAsJSON()), ...(await ofProcess.getMetricsAsJSON())];
    },
  };
}

/** What has ended on one route and is not in the families yet. */
interface Ends {
  readonly statuses: Map<StatusClass, number>;
  readonly requests: Map<Outcome, number>;
  readonly streams: Map<Outcome, number>;
}

const noEnds = (): Ends => ({ statuses: new Map(), requests: new Map(), streams: new Map() });

function increase<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function nothing(): Noted {
  return {
    answered: false,
    head: false,
    firstByte: false,
    firstEvent: false,
    bytes: 0,
    pieces: 0,
    heartbeats: 0,
  };
}

function countObservation(families: Families, route: Route, { wouldChange, upstream }: Observation): void {
  for (const field of wouldChange) families.observedChanges.inc({ route, field });
  for (const trait of upstream.traits) families.observedTraits.inc({ route, trait });
}

/** Is the client behind, so that nothing more is read from the upstream for it? */
export function isClientStalled(exchange: Exchange): boolean {
  return exchange.headSent && exchange.out.writableNeedDrain;
}

function setGauges(families: Families, source: MetricsSource): void {
  const held = { bursts: zeros(), 'late-start': zeros(), 'late-head': zeros() };
  const counts = { requests: zeros(), unanswered: zeros(), streams: zeros(), stalled: zeros() };
  for (const exchange of source.open) {
    const { route } = exchange;
    counts.requests[route]++;
    if (!exchange.headSent) counts.unanswered[route]++;
    if (exchange.isStream) counts.streams[route]++;
    const kind = exchange.watch?.hold;
    if (kind) held[kind][route]++;
    if (isClientStalled(exchange)) counts.stalled[route]++;
  }
  for (const route of ROUTES) {
    families.openRequests.set({ route }, counts.requests[route]);
    families.unansweredRequests.set({ route }, counts.unanswered[route]);
    families.stalledClients.set({ route }, counts.stalled[route]);
  }
  for (const route of STREAM_ROUTES) {
    families.openStreams.set({ route }, counts.streams[route]);
    for (const kind of HOLD_KINDS) families.heldStreams.set({ route, kind }, held[kind][route]);
  }
  families.draining.set(source.isDraining() ? 1 : 0);
}

type StatusClass = (typeof STATUS_CLASSES)[number];

const STATUS_CLASSES_BY_DIGIT = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'] as const satisfies StatusClass[];

const zeros = (): Record<Route, number> => ({ stream: 0, ordinary: 0, upgrade: 0 });

/** Statuses that no class is defined for may come from an upstream; labels stay bounded. */
function statusClass(status: number | null): StatusClass {
  if (status === null) return 'none';
  return STATUS_CLASSES_BY_DIGIT[Math.floor(status / 100)] ?? 'other';
}

/** They list every socket of the process at each scrape: with thousands of streams all of them wait for that. */
const COSTLY = [
  ...['nodejs_active_resources', 'nodejs_active_resources_total', 'nodejs_active_handles'],
  ...['nodejs_active_handles_total', 'nodejs_active_requests', 'nodejs_active_requests_total'],
];

let shared: Registry | null = null;

/** One for the process: the observers behind these metrics cannot be stopped, and several gateways share them. */
function processRegistry(): Registry {
  if (shared === null) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
    for (const name of COSTLY) shared.removeSingleMetric(name);
    countDescriptors(shared);
  }
  return shared;
}

/** Linux 6.2 and later say how many there are; listing them all, as it is done elsewhere, takes milliseconds of thousands. */
function countDescriptors(registry: Registry): void {
  const count = (): number => statSync('/proc/self/fd', { throwIfNoEntry: false })?.size ?? 0;
  if (count() === 0) return;
  const name = 'process_open_fds';
  registry.removeSingleMetric(name);
  const gauge: Gauge = new Gauge({
    name,
    help: 'Number of open file descriptors.',
    registers: [registry],
    collect: (): void => gauge.set(count()),
  });
}
