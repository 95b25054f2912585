import { setTimeout as sleep } from 'node:timers/promises';
import type { ExperimentFacts } from '../../types.ts';
import { type Lab, newToken } from './lab.ts';
import type { StreamPlan } from './plans.ts';
import type { SeenRequest } from './seen.ts';

/** A leaving client is told of at once, or with the next write: longer is never. */
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 250;
/** How long the client stays: long enough for the stream to be under way, held or not. */
const STAY_MS = 600;

const WRITING: StreamPlan = {
  stream: 'client leaves while events come',
  events: 100,
  lengthMs: 10_000,
  query: { events: '100', interval: '100ms', size: '40' },
};
const QUIET: StreamPlan = {
  stream: 'client leaves while it is quiet',
  events: 3,
  lengthMs: 20_000,
  query: { events: '3', interval: '50ms', size: '40', 'quiet-after': '2', quiet: '20s' },
};

/** Leaves two streams and asks the origin when it noticed. */
export async function measureAbort(lab: Lab): Promise<ExperimentFacts['abort']> {
  const [writingMs, quietMs] = await Promise.all([leave(lab, WRITING), leave(lab, QUIET)]);
  if (writingMs === undefined || quietMs === undefined) return null;
  return { writingMs, quietMs, waitedMs: WAIT_MS };
}

/** Milliseconds until the origin saw the client gone; null: not in the time; undefined: the stream never got there. */
async function leave(lab: Lab, plan: StreamPlan): Promise<number | null | undefined> {
  const token = newToken();
  const left = new AbortController();
  const watched = lab.watch(plan, { token, signal: left.signal, expectedMs: STAY_MS });
  const began = await waitFor(lab, token, () => true, WAIT_MS);
  if (began === null) {
    left.abort();
    return undefined;
  }
  await sleep(STAY_MS, undefined, { signal: lab.signal }).catch(() => {});
  const leftAtMs = lab.clock.nowMs();
  left.abort();
  await watched;
  const gone = await lab.during('whether the origin learns of it', 500, () =>
    waitFor(lab, token, ({ end }) => end !== null, WAIT_MS),
  );
  if (gone?.end == null) return null;
  if (gone.end.reason !== 'client-left') return undefined;
  return Math.max(0, Math.round(toOurClock(lab, gone.end.at) - leftAtMs));
}

/** What the origin saw, as soon as it is what is waited for. */
async function waitFor(
  lab: Lab,
  token: string,
  isThere: (seen: SeenRequest) => boolean,
  mostMs: number,
): Promise<SeenRequest | null> {
  const untilMs = lab.clock.nowMs() + mostMs;
  while (!lab.signal.aborted) {
    const [seen] = await lab.seen(token);
    if (seen !== undefined && isThere(seen)) return seen;
    if (lab.clock.nowMs() > untilMs) return null;
    await sleep(LOOK_EVERY_MS, undefined, { signal: lab.signal }).catch(() => {});
  }
  return null;
}

/** An epoch time of the origin on the run's clock, by the exchange that took the least time. */
function toOurClock(lab: Lab, originEpochMs: number): number {
  const offsets = lab
    .path()
    .flatMap(({ receivedAtMs, originEpochMs: then }) => (then === null ? [] : [receivedAtMs - then]));
  return originEpochMs + (offsets.length === 0 ? -lab.clock.startedAtEpochMs : Math.min(...offsets));
}
