import { base64Of } from '../../http/base64.ts';
import type { Observation } from '../../types.ts';
import { judgeRecord } from './judge-record.ts';
import { LANE_MESSAGES, SKIP_REASONS } from './messages.ts';
import type { CheckPhase, CheckState, LaneId } from './model.ts';
import { type CheckRecord, emptyObservation, type LaneRecord } from './record.ts';
import { showRecord } from './show-record.ts';

/** Runs as they come out: for tests and for building the page without a server. Nothing here is shipped. */
export const SCENARIOS = [
  'streaming',
  'held-until-close',
  'held-at-our-edge',
  'held-in-their-network',
  'blocked',
  'cut-when-idle',
  'all-well-both-ways',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

const EPOCH_MS = 1_760_000_000_000;
const OFFSET_MS = 1_234;
const WAY_MS = 12;
const EVENTS = 20;
const INTERVAL_MS = 250;
const QUIET_MS = 65_000;

interface LaneShape {
  id: LaneId;
  how: 'flows' | 'held' | 'blocked' | 'cut';
  /** Nothing later than this has happened yet. */
  untilMs: number;
}

/** The finished run of a scenario, judged as a real one is. */
export function finishedCheck(scenario: Scenario): CheckState {
  return judgeRecord(checkRecord(scenario));
}

/** The same run as it stood so many milliseconds after its beginning. */
export function runningCheck(
  scenario: Scenario,
  elapsedMs: number,
  phase: CheckPhase = 'streams',
): CheckState {
  return { ...showRecord(checkRecord(scenario, elapsedMs), phase), elapsedMs };
}

/** What such a run records. */
export function checkRecord(scenario: Scenario, untilMs = Number.POSITIVE_INFINITY): CheckRecord {
  const compare = ['held-at-our-edge', 'held-in-their-network', 'all-well-both-ways'].includes(scenario);
  const quiet = scenario === 'cut-when-idle';
  const held = scenario.startsWith('held');
  const how = held ? 'held' : scenario === 'blocked' ? 'blocked' : 'flows';
  const shapes: LaneShape[] = [
    { id: 'eventsource', how, untilMs },
    { id: 'fetch', how, untilMs },
    { id: 'large', how, untilMs },
    ...(quiet ? [{ id: 'quiet' as const, how: 'cut' as const, untilMs }] : []),
    ...(compare
      ? [
          {
            id: 'control' as const,
            how: scenario === 'held-in-their-network' ? ('held' as const) : ('flows' as const),
            untilMs,
          },
        ]
      : []),
  ];
  const over = untilMs === Number.POSITIVE_INFINITY;
  const works = over && how === 'flows';
  const skipped = over && !works ? 'skipped' : 'waiting';
  return {
    version: 1,
    compareOrigin: compare ? 'https://origin.example.net:8443/' : null,
    lanes: shapes.map(laneRecord),
    reconnection: works
      ? { status: 'done', result: 'passed', reason: null }
      : { status: skipped, result: null, reason: over ? SKIP_REASONS.notInTime : null },
    connections: works
      ? { status: 'done', result: { asked: 8, opened: 6 }, reason: null }
      : { status: skipped, result: null, reason: over ? SKIP_REASONS.notInTime : null },
    protocol: scenario === 'blocked' ? null : 'http/1.1',
    elapsedMs: over ? (quiet ? 71_000 : 9_000) : untilMs,
    expectedMs: quiet ? 75_000 : 9_500,
    warnings: [],
  };
}

function laneRecord({ id, how, untilMs }: LaneShape): LaneRecord {
  const plan = {
    events: id === 'quiet' ? 4 : EVENTS,
    eventBytes: id === 'large' ? 2_048 : 40,
    intervalMs: INTERVAL_MS,
    quietMs: id === 'quiet' ? QUIET_MS : 0,
  };
  const url =
    id === 'control'
      ? 'https://origin.example.net:8443/.well-known/unclog/stream?events=20'
      : 'https://app.example.com/.well-known/unclog/stream?events=20';
  const startMs = 400;
  const observation = emptyObservation({ id, plan }, url, { startedAtEpochMs: EPOCH_MS, nowMs: startMs });
  const lane: LaneRecord = { id, status: 'connecting', plan, reconnects: 0, observation };
  if (untilMs < startMs) return { ...lane, status: 'waiting' };
  if (how === 'blocked') return blocked(lane, startMs + 30);
  observation.pathExchanges = Array.from({ length: 5 }, (_, i) => exchange(50 + i * 40));
  return flow(lane, how, untilMs);
}

function exchange(sentAtMs: number): Observation['pathExchanges'][number] {
  const receivedAtMs = sentAtMs + 2 * WAY_MS;
  return { sentAtMs, receivedAtMs, status: 200, originEpochMs: EPOCH_MS + OFFSET_MS + sentAtMs + WAY_MS };
}

function blocked(lane: LaneRecord, atMs: number): LaneRecord {
  const message = LANE_MESSAGES.blocked;
  lane.observation.error = { code: 'UNCLOG_BROWSER', message, phase: 'connect', atMs };
  return { ...lane, status: 'failed' };
}

function flow(lane: LaneRecord, how: LaneShape['how'], untilMs: number): LaneRecord {
  const { observation, plan, id } = lane;
  const { startMs } = observation.marks;
  const sent = Array.from({ length: plan.events }, (_, i) => {
    const quietMs = i >= plan.events / 2 ? plan.quietMs : 0;
    return startMs + WAY_MS + (i + 1) * plan.intervalMs + quietMs;
  });
  const cutMs = startMs + WAY_MS + (plan.events / 2) * plan.intervalMs + 60_000;
  const lastMs = (sent.at(-1) ?? 0) + WAY_MS;
  const endMs = how === 'cut' ? cutMs : lastMs + 2;
  const jitterMs = (i: number): number => ((i * 7) % 5) + 1;
  sent.forEach((sentMs, i) => {
    const atMs = how === 'held' ? endMs - 1 : sentMs + WAY_MS + jitterMs(i);
    if (atMs > untilMs || (how === 'cut' && atMs > cutMs)) return;
    const text = eventText(i + 1, EPOCH_MS + OFFSET_MS + sentMs, plan.eventBytes);
    observation.reads.push({ atMs, bytes: text.length });
    observation.chunks.push({
      atMs,
      read: observation.reads.length - 1,
      base64: base64Of(new TextEncoder().encode(text)),
    });
  });
  const headMs = how === 'held' ? endMs - 1 : startMs + 2 * WAY_MS;
  if (headMs <= untilMs) answer(observation, headMs, id, how === 'held');
  if (endMs > untilMs) {
    const arrived = observation.chunks.length > 0;
    return { ...lane, status: arrived ? 'receiving' : headMs <= untilMs ? 'open' : 'connecting' };
  }
  const complete = how !== 'cut';
  observation.end = complete
    ? { reason: 'complete', atMs: endMs, detail: null }
    : { reason: 'truncated', atMs: endMs, detail: LANE_MESSAGES.broken };
  return { ...lane, status: complete ? 'done' : 'failed' };
}

function answer(observation: Observation, headMs: number, id: LaneId, throughNginx: boolean): void {
  observation.marks.requestMs = observation.marks.startMs;
  observation.marks.headMs = headMs;
  observation.marks.firstByteMs = headMs;
  const all: [string, string][] = [
    ['cache-control', 'no-cache'],
    ['content-type', 'text/event-stream'],
    ...(throughNginx && id !== 'control' ? [['server', 'nginx/1.22.1'] as [string, string]] : []),
  ];
  observation.response = {
    ...{ status: 200, reason: '', httpVersion: '1.1', framing: 'unknown' },
    headers: id === 'eventsource' ? [['content-type', 'text/event-stream']] : all,
  };
  observation.tls = { protocol: 'TLS', alpn: 'http/1.1', issuer: null };
  if (observation.browser !== undefined) observation.browser.protocol = 'http/1.1';
}

function eventText(seq: number, sentAt: number, bytes: number): string {
  const bare = JSON.stringify({ seq, sentAt });
  const pad = bytes - bare.length > 9 ? `,"pad":"${'x'.repeat(bytes - bare.length - 9)}"` : '';
  return `id: ${seq}\ndata: ${bare.slice(0, -1)}${pad}}\n\n`;
}
