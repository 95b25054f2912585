import { AggregatorRegistry } from 'prom-client';
import { type LiveStream, type LiveStreams, MAX_LISTED } from './admin-streams.ts';
import type { WorkerSnapshot } from './cluster-messages.ts';
import type { MetricsSnapshot } from './metrics.ts';

/** What workers that are gone have counted, so that no sum ever falls when a worker is replaced. */
export interface PastCounts {
  /** Keeps the counts that were last shown for a worker. */
  add(last: WorkerSnapshot): Promise<void>;
  readonly metrics: readonly MetricsSnapshot[];
}

export function createPastCounts(): PastCounts {
  let kept: MetricsSnapshot[] = [];
  let merging = Promise.resolve();
  /** One for all of them, however many workers come and go; nothing is missing meanwhile. */
  const merge = async (): Promise<void> => {
    const some = [...kept];
    const one = await AggregatorRegistry.aggregate(some).getMetricsAsJSON();
    kept = [one, ...kept.slice(some.length)];
  };
  return {
    add({ metrics }) {
      kept = [...kept, metrics.filter(({ type }) => ['counter', 'histogram'].includes(String(type)))];
      merging = merging.then(merge);
      return merging;
    },
    get metrics() {
      return kept;
    },
  };
}

/** The metrics of all workers as one text: sums, but averages where a sum means nothing. */
export async function mergeMetrics(parts: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...parts]).metrics();
}

/** The streams of all workers, the oldest first. */
export function mergeStreams(parts: readonly { pid: number; streams: LiveStreams }[]): LiveStreams {
  const streams: LiveStream[] = parts.flatMap(({ pid, streams }) =>
    streams.streams.map((stream) => ({ ...stream, pid })),
  );
  streams.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return {
    total: parts.reduce((sum, part) => sum + part.streams.total, 0),
    streams: streams.slice(0, MAX_LISTED),
  };
}
