import { median } from '../../statistics.ts';
import type { ExperimentFacts, HopFacts, TimelineEvent } from '../../types.ts';
import { findBlockBytes } from '../block-size.ts';
import type { Lab } from './lab.ts';
import type { StreamPlan } from './plans.ts';

/** Steps of half a kilobyte: fine enough to tell 4 KiB from 8, and past every common buffer in four seconds. */
const FINE: StreamPlan = fill('buffer size', 400, '512', 10);
/** For buffers that the first one did not fill: up to 8 MiB. */
const COARSE: StreamPlan = fill('buffer size, larger', 128, '64k', 25);

function fill(stream: string, events: number, size: string, intervalMs: number): StreamPlan {
  return {
    stream,
    events,
    lengthMs: events * intervalMs,
    query: { events: String(events), interval: `${intervalMs}ms`, size, fill: 'random' },
  };
}

/** `id: 100`, `data: ` and their line ends. */
const LINES_BYTES = 17;

/** How much must be sent until a hop lets the first bytes go, and from one release to the next. */
export async function measureBuffer(lab: Lab): Promise<ExperimentFacts['buffer']> {
  const fine = bufferOf((await lab.watch(FINE)).facts);
  if (fine === null || fine.firstBytes !== null || lab.signal.aborted) return fine;
  return bufferOf((await lab.watch(COARSE)).facts) ?? fine;
}

/**
 * Read off a stream that fills buffers at a steady rate: what had been sent when the first event came, by the stamps of
 * all events, and the sizes of the releases. Null where nothing came at all.
 */
export function bufferOf(facts: HopFacts): ExperimentFacts['buffer'] {
  const { events, releases } = facts.timeline;
  const first = events[0];
  if (first === undefined) return null;
  const perEvent = events.reduce((sum, { bytes }) => sum + bytes, 0) / events.length + LINES_BYTES;
  const sentBytes = Math.round(perEvent * events.length);
  const sent = sentBefore(facts, first);
  // Released by the end of the answer: larger than everything that was sent.
  if (sent >= events.length - 1) return { firstBytes: null, blockBytes: null, sentBytes };
  const withBody = releases.filter(({ bytes }) => bytes > 0);
  const firstRelease = withBody[0]?.bytes ?? 0;
  const isExact = Math.abs(firstRelease - sent * perEvent) <= 2 * perEvent;
  const sizes = withBody.map(({ bytes }) => bytes);
  return {
    firstBytes: Math.round(isExact ? firstRelease : sent * perEvent),
    blockBytes:
      withBody.length < events.length / 2 ? (findBlockBytes(withBody) ?? Math.round(median(sizes))) : null,
    sentBytes,
  };
}

/** How many events the origin had sent when this one arrived. */
function sentBefore(facts: HopFacts, event: TimelineEvent): number {
  const due = facts.holds.map(({ dueMs }) => dueMs);
  return due.filter((dueMs) => dueMs <= event.atMs).length;
}
