import { setTimeout as sleep } from 'node:timers/promises';
import type { ExperimentFacts, HopFacts } from '../../types.ts';
import { type Lab, newToken, type Trial } from './lab.ts';
import type { StreamPlan } from './plans.ts';

/** Without Cache-Control, as many applications send it: what a cache makes of that. */
const READ: StreamPlan = {
  stream: 'readers of one address',
  events: 12,
  lengthMs: 1_200,
  query: { events: '12', interval: '100ms', size: '40', 'cache-control': 'none' },
};
const SECOND_AFTER_MS = 500;

/** A stamp this much older than the request is of another reader's stream. */
const OLDER_MS = 50;

/** One reader, a second one while the first still reads, a third one after it: how many streams the origin made. */
export async function measureSecondReader(lab: Lab): Promise<ExperimentFacts['cache']> {
  const token = newToken();
  const first = lab.watch(READ, { token });
  await sleep(SECOND_AFTER_MS, undefined, { signal: lab.signal }).catch(() => {});
  const [one, two] = await Promise.all([first, lab.watch(READ, { token })]);
  const together = (await lab.seen(token)).length;
  const three = await lab.watch(READ, { token });
  const requests = (await lab.seen(token)).length;
  // The origin remembers a bounded number of requests: one that it does not know of tells nothing.
  if (!came(one) || requests === 0) return null;
  return {
    readers: 3,
    requests,
    shared: together < 2 && came(two),
    replayedEvents: Math.max(olderThanRequest(two.facts), olderThanRequest(three.facts)),
  };
}

function came({ facts }: Trial): boolean {
  return facts.timeline.events.length > 0;
}

/** Events that were sent before this reader asked: by the stamps, on one clock with its request. */
function olderThanRequest({ observation, timeline }: HopFacts): number {
  const { requestMs, startMs } = observation.marks;
  const offsets = observation.pathExchanges.flatMap(({ receivedAtMs, originEpochMs }) =>
    originEpochMs === null ? [] : [receivedAtMs - originEpochMs],
  );
  if (offsets.length === 0) return 0;
  const limitMs = (requestMs ?? startMs) - OLDER_MS;
  return timeline.events.filter(
    ({ sentAtEpochMs }) => sentAtEpochMs !== null && sentAtEpochMs + Math.min(...offsets) < limitMs,
  ).length;
}
