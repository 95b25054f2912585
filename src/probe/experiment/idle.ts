import type { ExperimentFacts } from '../../types.ts';
import type { Lab, Trial } from './lab.ts';
import type { StreamPlan } from './plans.ts';

/** The origin's streams last ten minutes at most, what comes around the silence included. */
export const MOST_IDLE_MS = 590_000;
const TAIL_MS = 4_000;
/** What most servers send their heartbeats at; shorter where the whole test is. */
const HEARTBEAT_MS = 15_000;
/** Shorter than any idle timer that people set, and few enough events for the longest test. */
const BUSY_MS = 500;
const MOST_BUSY_EVENTS = 1_000;
/** Streams that end within this time of the same age, or this share of it, were cut for their age. */
const SAME_AGE_MS = 1_000;
const SAME_AGE_SHARE = 0.1;

/** Keeps streams up for a time, all at once: silent, silent but for heartbeats, busy, and without even a head. */
export async function measureIdle(lab: Lab, idleMs: number): Promise<ExperimentFacts['idle']> {
  const heartbeatMs = Math.min(HEARTBEAT_MS, Math.max(1_000, Math.round(idleMs / 5)));
  const silence = { events: '4', interval: '100ms', size: '40', 'quiet-after': '2', quiet: `${idleMs}ms` };
  const lengthMs = idleMs + 1_000;
  const ask = (stream: string, events: number, query: Record<string, string>): Promise<Trial> => {
    const plan: StreamPlan = { stream, events, lengthMs, query };
    return lab.watch(plan, { graceMs: TAIL_MS, besideSlots: true });
  };
  const intervalMs = Math.max(BUSY_MS, Math.ceil(idleMs / MOST_BUSY_EVENTS));
  const busy = Math.max(2, Math.round(idleMs / intervalMs));
  const [quiet, beating, age, head] = await Promise.all([
    ask('silence', 4, silence),
    ask('silence with heartbeats', 4, { ...silence, heartbeat: `${heartbeatMs}ms` }),
    ask('age', busy, { events: String(busy), interval: `${intervalMs}ms`, size: '40' }),
    ask('silence before the head', 2, {
      events: '2',
      interval: '100ms',
      size: '40',
      'head-delay': `${idleMs}ms`,
    }),
  ]);
  const ageCutMs = cutAtAge(age);
  return {
    watchedMs: idleMs,
    quietCutMs: isOfAge(quiet, ageCutMs) ? null : cutAfterSilence(quiet),
    heartbeatCutMs: isOfAge(beating, ageCutMs) ? null : cutAfterSilence(beating),
    ageCutMs,
    headCutMs: cutBeforeHead(head),
  };
}

/** True where fewer events came than there were to come, and it was not the probe that stopped. */
function isCut({ plan, facts }: Trial): boolean {
  const { end } = facts.observation;
  return end !== null && end.reason !== 'stopped-by-probe' && facts.timeline.events.length < plan.events;
}

/** From the last byte that came to the end. What a hop holds comes with the end: then from the last event's own time. */
function cutAfterSilence(trial: Trial): number | null {
  const { end } = trial.facts.observation;
  if (!isCut(trial) || end === null) return null;
  const { requestMs, startMs } = trial.observation.marks;
  const lastDueMs = Math.max(requestMs ?? startMs, ...trial.facts.holds.map(({ dueMs }) => dueMs));
  return Math.max(0, Math.round(end.atMs - lastDueMs));
}

function cutAtAge(trial: Trial): number | null {
  const { end, marks } = trial.facts.observation;
  return isCut(trial) && end !== null ? Math.round(end.atMs - (marks.requestMs ?? marks.startMs)) : null;
}

/** Cut as old as the busy stream was: the silence had no part in it. */
function isOfAge(trial: Trial, ageCutMs: number | null): boolean {
  const ownMs = cutAtAge(trial);
  if (ownMs === null || ageCutMs === null) return false;
  return Math.abs(ownMs - ageCutMs) <= Math.max(SAME_AGE_MS, ageCutMs * SAME_AGE_SHARE);
}

/** An answer of the hop's own, or none, before the origin's head was due. */
function cutBeforeHead({ observation, facts }: Trial): number | null {
  const { marks, response, error } = observation;
  const from = marks.requestMs ?? marks.startMs;
  if (response !== null && (response.status >= 500 || facts.verdict === 'cut'))
    return Math.round((marks.headMs ?? from) - from);
  const brokeOff = error !== null && error.code !== 'UNCLOG_TIMEOUT' && error.code !== 'UNCLOG_INTERRUPTED';
  return brokeOff ? Math.round(error.atMs - from) : null;
}
