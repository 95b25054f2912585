import { bytesOf } from '../../http/base64.ts';
import { downPath, readClock } from '../../probe/clock-offset.ts';
import { pathRoundTrip } from '../../probe/compare.ts';
import { readTimeline, type TimelineTools } from '../../probe/read-timeline.ts';
import type { Watched } from '../../probe/watched.ts';
import type { Observation } from '../../types.ts';
import type { CheckPhase, CheckState, Lane, LaneEvent } from './model.ts';
import type { CheckRecord, LaneRecord } from './record.ts';

/** Long texts by their length and two 32-bit hashes (FNV-1a with two seeds): compared within one run only. */
function digest(text: string): string {
  if (text.length <= 64) return text;
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ (code + i), 0x85ebca6b);
  }
  return `${text.length}:${a >>> 0}:${b >>> 0}`;
}

const TOOLS: TimelineTools = { bytesOf, digest, decode: (pieces) => ({ pieces, ok: true }) };

const known = new WeakMap<Observation, { pieces: number; answered: boolean; watched: Watched }>();

/** A recording with its events read, by the command line's own reader. One that has not grown is not read again. */
export function watch(observation: Observation): Watched {
  const pieces = observation.chunks.length;
  const answered = observation.response !== null;
  const before = known.get(observation);
  if (before !== undefined && before.pieces === pieces && before.answered === answered) return before.watched;
  const watched = { observation, timeline: readTimeline(observation, TOOLS) };
  known.set(observation, { pieces, answered, watched });
  return watched;
}

/** The recorded run as the page shows it: everything but the verdict. */
export function showRecord(record: CheckRecord, phase: CheckPhase): CheckState {
  const own = record.lanes.filter(({ id }) => id !== 'control');
  const { observation } = own[0] ?? record.lanes[0] ?? {};
  const clock = observation === undefined ? null : readClock(observation);
  const roundTripMs = observation === undefined ? null : pathRoundTrip(observation);
  return {
    phase,
    elapsedMs: record.elapsedMs,
    expectedMs: record.expectedMs,
    startedAt: new Date(observation?.startedAtEpochMs ?? 0).toISOString(),
    host: hostOf(observation?.url ?? null) ?? '',
    compareHost: hostOf(record.compareOrigin),
    protocol: record.protocol,
    clock:
      clock === null || roundTripMs === null
        ? null
        : { roundTripMs, offsetMs: clock.offsetMs, errorMs: clock.errorMs },
    lanes: record.lanes.map(showLane),
    reconnection: record.reconnection,
    connections: record.connections,
    warnings: record.warnings,
    verdict: null,
  };
}

function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}

function showLane({ id, status, plan, reconnects, observation }: LaneRecord): Lane {
  const { marks, end, error } = observation;
  const waiting = status === 'waiting';
  const events = eventsOf(observation);
  const sentMs = marks.requestMs ?? marks.startMs;
  const wayMs = (pathRoundTrip(observation) ?? 0) / 2;
  const seen = Math.max(0, ...events.map(({ seq }) => seq));
  const dueMs = (seq: number): number =>
    sentMs +
    wayMs +
    (plan.quietMs > 0 && seq > plan.events / 2 ? seq - 1 : seq) * plan.intervalMs +
    (seq > plan.events / 2 ? plan.quietMs : 0);
  const missing = Array.from({ length: plan.events }, (_, i) => i + 1).filter((seq) => seq > seen);
  return {
    ...{ id, status, plan, reconnects },
    url: observation.url.split('?', 1)[0] ?? '',
    startedAtMs: waiting ? null : marks.startMs,
    headAtMs: marks.headMs,
    firstEventAtMs: events[0]?.receivedAtMs ?? null,
    endedAtMs: end?.atMs ?? error?.atMs ?? null,
    events,
    dueAtMs: waiting ? [] : missing.map(dueMs),
    quietUntilMs: plan.quietMs === 0 || waiting ? null : dueMs(plan.events / 2 + 1),
    ...{ verdict: null, holdKind: null },
    error: error?.message ?? (end !== null && end.reason !== 'complete' ? end.detail : null),
  };
}

function eventsOf(observation: Observation): LaneEvent[] {
  const { timeline } = watch(observation);
  const path = downPath(observation);
  const clock = readClock(observation);
  return timeline.events.flatMap(({ seq, sentAtEpochMs, atMs, bytes }) => {
    if (seq === null || sentAtEpochMs === null) return [];
    const stampMs = sentAtEpochMs - observation.startedAtEpochMs;
    const lateMs = atMs - stampMs - (path?.at(atMs) ?? 0);
    const sentAtMs = Math.min(atMs, stampMs - (clock?.offsetMs ?? 0));
    return [{ seq, sentAtMs, receivedAtMs: atMs, holdMs: Math.max(0, lateMs), bytes }];
  });
}
