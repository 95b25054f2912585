import { median } from '../../statistics.ts';
import type { LockstepFacts } from '../../types.ts';
import { type Lab, newToken, type Trial } from './lab.ts';
import { LOCKSTEP_EVENTS, lockstepPlan, type StreamPlan } from './plans.ts';

/** Shorter pauses between acknowledgement and event are a busy machine's, not a hop's. */
const LEAST_LATE_MS = 30;
const LEAST_PAIRS = 3;

export interface LockstepTrial {
  facts: LockstepFacts;
  trial: Trial;
  /** An event, or the head, was not let go while it was the only thing that was waited for. */
  stalled: boolean;
  /** Each event came late after its own acknowledgement, though nothing else was under way. */
  late: boolean;
}

export interface LockstepOptions {
  /** How long the origin waits for an acknowledgement. */
  patienceMs: number;
  /** Wait for the response head as well, before the first event is sent. */
  awaitHead?: boolean;
  /** What was changed in the stream, for the progress. */
  changed?: string | undefined;
}

/**
 * Asks for a stream whose event n+1 is sent only after event n was acknowledged over another connection. A hop that
 * needs more than one event to let one go stops it for good: that needs no clock to be seen.
 */
export async function runLockstep(
  lab: Lab,
  plan: StreamPlan,
  { patienceMs, awaitHead = false, changed }: LockstepOptions,
): Promise<LockstepTrial> {
  const session = newToken();
  const acks = createAcks(lab, session);
  const stream = awaitHead ? `${plan.stream}, head` : plan.stream;
  const trial = await lab.watch(lockstepPlan(plan), {
    endpoint: 'lockstep',
    query: { session, patience: `${patienceMs}ms`, 'await-head': awaitHead ? 'yes' : 'no' },
    doing: changed === undefined ? `lockstep (${stream})` : `${changed} in lockstep`,
    expectedMs: 300,
    graceMs: patienceMs * (LOCKSTEP_EVENTS + 2),
    onProgress: ({ head, events }) => {
      if (head && awaitHead) acks.upTo(0);
      if (events > 0) acks.upTo(events);
    },
  });
  await acks.settled();
  const result = await readResult(lab, session);
  const lateMs = lateness(lab, trial, acks.sentAtMs);
  const facts: LockstepFacts = {
    stream,
    acknowledged: Math.max(0, result?.acked ?? 0),
    of: LOCKSTEP_EVENTS,
    stalledAt: result?.stalledAt ?? null,
    patienceMs,
    lateMs: lateMs === null ? null : Math.round(lateMs * 10) / 10,
  };
  return {
    facts,
    trial,
    stalled: facts.stalledAt !== null,
    late: lateMs !== null && lateMs > LEAST_LATE_MS + busyMs(lab),
  };
}

interface Acks {
  upTo(seq: number): void;
  settled(): Promise<unknown>;
  /** When the acknowledgement of event n left. */
  sentAtMs: Map<number, number>;
}

/** One after the other: the origin takes them in order only. */
function createAcks(lab: Lab, session: string): Acks {
  let last = -1;
  let chain: Promise<unknown> = Promise.resolve();
  const sentAtMs = new Map<number, number>();
  return {
    upTo(seq) {
      for (let next = seq === 0 ? 0 : Math.max(1, last + 1); next <= seq; next += 1) {
        chain = chain.then(() => {
          sentAtMs.set(next, lab.clock.nowMs());
          return lab.send('ack', { session, seq: next }, { method: 'POST' });
        });
      }
      last = Math.max(last, seq);
    },
    settled: () => chain,
    sentAtMs,
  };
}

async function readResult(
  lab: Lab,
  session: string,
): Promise<{ acked: number; stalledAt: number | null } | null> {
  const answer = await lab.send('lockstep/result', { session });
  const body = answer?.body as { acked?: unknown; stalledAt?: unknown } | null | undefined;
  if (typeof body?.acked !== 'number') return null;
  return { acked: body.acked, stalledAt: typeof body.stalledAt === 'number' ? body.stalledAt : null };
}

/** Median time from an acknowledgement to the event that it released, less a round trip of the path. */
function lateness(lab: Lab, { facts }: Trial, sentAtMs: Map<number, number>): number | null {
  const pairs = facts.timeline.events.flatMap(({ seq, atMs }) => {
    const ackedMs = seq === null ? undefined : sentAtMs.get(seq - 1);
    return seq === null || seq < 2 || ackedMs === undefined ? [] : [atMs - ackedMs];
  });
  if (pairs.length < LEAST_PAIRS) return null;
  const roundTrips = lab.path().map((exchange) => exchange.receivedAtMs - exchange.sentAtMs);
  return median(pairs) - (roundTrips.length === 0 ? 0 : Math.min(...roundTrips));
}

/** What short exchanges on the same path take at their usual, beyond their best: this machine's own part. */
function busyMs(lab: Lab): number {
  const roundTrips = lab.path().map((exchange) => exchange.receivedAtMs - exchange.sentAtMs);
  return roundTrips.length === 0 ? 0 : 2 * (median(roundTrips) - Math.min(...roundTrips));
}
