import type { ExperimentFacts } from '../../types.ts';
import type { Lab, Trial } from './lab.ts';
import type { StreamPlan } from './plans.ts';

/** The origin's streams last ten minutes at most, what comes around the silence included. */
export const MOST_IDLE_MS = 590_000;
const TAIL_MS = 4_000;
/** What most servers send their heartbeats at; shorter where the whole test is. */
const HEARTBEAT_MS = 15_000;

/** Keeps streams up for a time, all at once: silent, silent but for heartbeats, busy, and without even a head. */
export async function measureIdle(lab: Lab, idleMs: number): Promise<ExperimentFacts['idle']> {
  const heartbeatMs = Math.min(HEARTBEAT_MS, Math.max(1_000, Math.round(idleMs / 5)));
  const silence = { events: '4', interval: '100ms', size: '40', 'quiet-after': '2', quiet: `${idleMs}ms` };
  const lengthMs = idleMs + 1_000;
  const ask = (stream: string, events: number, query: Record<string, string>): Promise<Trial> => {
    const plan: StreamPlan = { stream, events, lengthMs, query };
    return lab.watch(plan, { graceMs: TAIL_MS, besideSlots: true });
  };
  const busy = Math.max(2, Math.round(idleMs / 1_000));
  const [quiet, beating, age, head] = await Promise.all([
    ask('silence', 4, silence),
    ask('silence with heartbeats', 4, { ...silence, heartbeat: `${heartbeatMs}ms` }),
    ask('age', busy, { events: String(busy), interval: '1s', size: '40' }),
    ask('silence before the head', 2, {
      events: '2',
      interval: '100ms',
      size: '40',
      'head-delay': `${idleMs}ms`,
    }),
  ]);
  return {
    watchedMs: idleMs,
    quietCutMs: cutAfterSilence(quiet),
    heartbeatCutMs: cutAfterSilence(beating),
    ageCutMs: cutAtAge(age),
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

/** An answer of the hop's own, or none, before the origin's head was due. */
function cutBeforeHead({ observation, facts }: Trial): number | null {
  const { marks, response, error } = observation;
  const from = marks.requestMs ?? marks.startMs;
  if (response !== null && (response.status >= 500 || facts.verdict === 'cut'))
    return Math.round((marks.headMs ?? from) - from);
  const brokeOff = error !== null && error.code !== 'UNCLOG_TIMEOUT' && error.code !== 'UNCLOG_INTERRUPTED';
  return brokeOff ? Math.round(error.atMs - from) : null;
}
