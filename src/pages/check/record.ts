import type { Framing, HeaderList, Observation } from '../../types.ts';
import type { LaneId, LaneStatus, SideTest } from './model.ts';

/** One stream of a run: its recording, as the command line makes one of what it watches, and how far it is. */
export interface LaneRecord {
  id: LaneId;
  status: LaneStatus;
  plan: { events: number; eventBytes: number; intervalMs: number; quietMs: number };
  reconnects: number;
  observation: Observation;
}

/** Everything that a run measured: JSON-safe, nothing in it is judged. What a link carries, too. */
export interface CheckRecord {
  version: 1;
  compareOrigin: string | null;
  lanes: LaneRecord[];
  reconnection: SideTest<'passed' | 'dropped' | 'changed'>;
  connections: SideTest<{ asked: number; opened: number }>;
  protocol: string | null;
  elapsedMs: number;
  expectedMs: number;
  /** Sentences about what limits the trust in the numbers. */
  warnings: string[];
}

/** Names of the two ways in the report: the product's own host, and the one that bypasses its edge. */
export const PUBLIC_HOP = 'public';
export const BYPASS_HOP = 'bypass';

export const hopOf = (id: LaneId): string => (id === 'control' ? BYPASS_HOP : PUBLIC_HOP);

/** A recording with nothing in it yet. */
export function emptyObservation(
  lane: Pick<LaneRecord, 'id' | 'plan'>,
  url: string,
  clock: { startedAtEpochMs: number; nowMs: number },
): Observation {
  const { events, intervalMs, quietMs } = lane.plan;
  return {
    schemaVersion: 1,
    hop: hopOf(lane.id),
    url,
    startedAtEpochMs: clock.startedAtEpochMs,
    request: { method: 'GET', headers: [['accept', 'text/event-stream']] },
    marks: {
      ...{ startMs: clock.nowMs, dnsMs: null, connectMs: null, tlsMs: null },
      ...{ requestMs: null, firstByteMs: null, headMs: null },
    },
    response: null,
    tls: null,
    reads: [],
    chunks: [],
    end: null,
    error: null,
    pathExchanges: [],
    proberLags: [],
    // The browser undoes content codings before a page sees a byte.
    masked: { decoded: true },
    limits: { waitFirstMs: WAIT_FIRST_MS, durationMs: events * intervalMs + quietMs, events: null },
    browser: {
      api: lane.id === 'eventsource' ? 'eventsource' : 'fetch',
      fields: lane.id === 'eventsource' ? 'none' : 'all',
      ...{ protocol: null, lastEventId: null, connections: null },
    },
  };
}

/** How the end of an answer is marked, as far as its fields tell. */
export function framingOf(headers: HeaderList, protocol: string | null): Framing {
  if (protocol === 'h2') return 'h2';
  const has = (name: string): boolean => headers.some(([other]) => other.toLowerCase() === name);
  if (has('transfer-encoding')) return 'chunked';
  return has('content-length') ? 'content-length' : 'unknown';
}

/** What is held until the stream's end comes a while after it; longer than this nobody waits. */
export const GRACE_MS = 8_000;
const WAIT_FIRST_MS = 20_000;
