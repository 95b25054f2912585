import { collectDefaultMetrics, Registry } from 'prom-client';
import { VERSION } from '../version.ts';
import {
  createFamilies,
  FAULT_FAMILIES,
  type Families,
  ROUTES,
  STATUS_CLASSES,
  STREAM_ROUTES,
} from './admin-metric-families.ts';
import type { Fault } from './errors.ts';
import type { Exchange, Route } from './exchange.ts';

/** What the metrics read of their gateway, at each scrape. */
export interface MetricsSource {
  /** Requests under way. */
  readonly open: Iterable<Exchange>;
  isDraining(): boolean;
}

/** The gateway's metrics: fed once for each exchange, never for a piece of a stream. */
export interface GatewayMetrics {
  /** Books an exchange that is over; once for each. */
  settled(exchange: Exchange): void;
  /** Books a request that was refused before an exchange could begin. */
  rejected(fault: Fault): void;
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
  bytes: number;
}

/** Metrics in a registry of their own, every series there from the start, so that the first increase is seen. */
export function createMetrics(source: MetricsSource): GatewayMetrics {
  const registry = new Registry();
  const families = createFamilies(registry);
  const noted = new WeakMap<Exchange, Noted>();
  const ofProcess = processRegistry();
  families.buildInfo.set({ version: VERSION }, 1);

  /** Counts what is new about an exchange since it was last looked at: at each scrape, and when it is over. */
  function note(exchange: Exchange): void {
    const { route, status, headAtMs, firstByteAtMs, startedMs } = exchange;
    let known = noted.get(exchange);
    if (known === undefined) {
      known = { answered: false, head: false, firstByte: false, bytes: 0 };
      noted.set(exchange, known);
    }
    if (!known.answered && (status !== null || exchange.isSettled)) {
      known.answered = true;
      families.requests.inc({ route, status_class: statusClass(status) });
    }
    if (!known.head && headAtMs !== null) {
      known.head = true;
      families.timeToHead.observe({ route }, (headAtMs - startedMs) / 1_000);
    }
    const bytes = exchange.payloadBytes();
    if (bytes <= known.bytes) return;
    families.bytes.inc({ route }, bytes - known.bytes);
    known.bytes = bytes;
    if (known.firstByte || firstByteAtMs === null) return;
    known.firstByte = true;
    families.timeToFirstByte.observe({ route }, (firstByteAtMs - startedMs) / 1_000);
  }

  function refresh(): void {
    for (const exchange of source.open) note(exchange);
    setGauges(families, source);
  }

  function count(fault: Fault): void {
    families.faults[FAULT_FAMILIES[fault]].inc({ reason: fault });
  }

  return {
    settled(exchange) {
      const { route, outcome, fault } = exchange;
      if (outcome === null) return;
      note(exchange);
      families.requestsEnded.inc({ route, outcome });
      // Once a head has gone out, a fault is the outcome's business, unless it says that the answer was no valid one.
      if (fault !== null && (outcome === 'refused' || FAULT_FAMILIES[fault] === 'malformed')) count(fault);
      if (!exchange.isStream) return;
      families.streamsEnded.inc({ route, outcome });
      families.streamLifetime.observe({ route }, (performance.now() - exchange.startedMs) / 1_000);
    },
    rejected: count,
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

/** Is the client behind, so that nothing more is read from the upstream for it? */
export function isClientStalled(exchange: Exchange): boolean {
  return exchange.headSent && exchange.socket.writableNeedDrain;
}

function setGauges(families: Families, source: MetricsSource): void {
  const counts = { requests: zeros(), unanswered: zeros(), streams: zeros(), stalled: zeros() };
  for (const exchange of source.open) {
    const { route } = exchange;
    counts.requests[route]++;
    if (!exchange.headSent) counts.unanswered[route]++;
    if (exchange.isStream) counts.streams[route]++;
    if (isClientStalled(exchange)) counts.stalled[route]++;
  }
  for (const route of ROUTES) {
    families.openRequests.set({ route }, counts.requests[route]);
    families.unansweredRequests.set({ route }, counts.unanswered[route]);
    families.stalledClients.set({ route }, counts.stalled[route]);
  }
  for (const route of STREAM_ROUTES) families.openStreams.set({ route }, counts.streams[route]);
  families.draining.set(source.isDraining() ? 1 : 0);
}

const zeros = (): Record<Route, number> => ({ stream: 0, ordinary: 0, upgrade: 0 });

/** Statuses that no class is defined for may come from an upstream; labels stay bounded. */
function statusClass(status: number | null): (typeof STATUS_CLASSES)[number] {
  if (status === null) return 'none';
  return STATUS_CLASSES.find((name) => name.startsWith(String(Math.floor(status / 100)))) ?? 'other';
}

let shared: Registry | null = null;

/** One for the process: the observers behind these metrics cannot be stopped, and several gateways share them. */
function processRegistry(): Registry {
  if (shared === null) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
  }
  return shared;
}
