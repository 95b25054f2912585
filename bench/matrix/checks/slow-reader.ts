import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { bad, type Cell, good, type Section } from '../check.ts';
import type { Stage } from '../stage.ts';
import { chunk, lockstep, openStream, speak } from '../streams.ts';
import type { Origin } from '../upstream.ts';

const CAP_BYTES = 64 * 1_048_576;
/** No progress for so long is a stall. */
const STALL_MS = 1_000;
/** A heap that breathes may grow by some; a product that stores the stream grows by all of it. */
const MAX_GROWTH_BYTES = 16 * 1_048_576;

interface Flood {
  /** What the upstream's kernel took, head and framing included. */
  acceptedBytes: number;
  stalled: boolean;
  growthBytes: number;
  /** Another stream of the same product, while this one stands still. */
  other: Cell;
}

let last: { stage: Stage; flood: Flood | string } | null = null;

/** One flood serves the rows of this section. */
async function floodOf(stage: Stage): Promise<Flood | string> {
  if (last?.stage !== stage) last = { stage, flood: await flood(stage) };
  return last.flood;
}

async function flood(stage: Stage): Promise<Flood | string> {
  const opened = await openStream(stage);
  if (typeof opened === 'string' && !opened.startsWith('first event held')) return opened;
  // A product that holds the first event is flooded as well: its client stops reading before anything has come.
  const { client, origin } = typeof opened === 'string' ? await reopen(stage) : opened;
  client.socket.pause();
  const before = residentBytes(stage.pids);
  const { acceptedBytes, stalled } = await pour(origin);
  const growthBytes = residentBytes(stage.pids) - before;
  const other = await lockstep(stage, { events: 20 });
  return { acceptedBytes, stalled, growthBytes, other };
}

async function reopen(stage: Stage) {
  const { client, token, origin } = await stage.exchange();
  if (origin === null) throw new Error('a request that came through once does not come through again');
  speak(origin).head();
  return { client, token, origin };
}

async function pour(origin: Origin): Promise<{ acceptedBytes: number; stalled: boolean }> {
  const { socket } = origin.peer;
  const payload = 'x'.repeat(65_536);
  const piece = speak(origin).isChunked ? chunk(payload) : payload;
  let acceptedBytes = 0;
  while (acceptedBytes < CAP_BYTES) {
    const taken = new Promise<boolean>((resolve) =>
      socket.write(piece, 'latin1', (error) => resolve(!error)),
    );
    if (!(await Promise.race([taken, delay(STALL_MS, false)]))) return { acceptedBytes, stalled: true };
    acceptedBytes += piece.length;
  }
  return { acceptedBytes, stalled: false };
}

/** Resident memory of all processes, shared pages counted with each. */
function residentBytes(pids: readonly number[]): number {
  return pids
    .map((pid) => {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1_024;
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}

const formatMb = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;

export const slowReaderSection: Section = {
  title: 'The client stops reading',
  explanation: `The upstream writes as fast as it can, up to ${formatMb(CAP_BYTES)}. Loopback’s own buffers on the two connections take several MB whatever stands between; beyond them the upstream has to be stopped, and not by storing.`,
  checks: [
    {
      id: 'stall-accepted',
      title: 'taken from the upstream until it stalls',
      async run(stage) {
        const seen = await floodOf(stage);
        if (typeof seen === 'string') return bad(seen);
        return seen.stalled
          ? good(formatMb(seen.acceptedBytes))
          : bad(`${formatMb(seen.acceptedBytes)}, no stall`, 'stored in memory or on disk');
      },
    },
    {
      id: 'stall-memory',
      title: 'growth of resident memory meanwhile',
      async run(stage) {
        const seen = await floodOf(stage);
        if (typeof seen === 'string') return bad(seen);
        const value = formatMb(Math.max(0, seen.growthBytes));
        return seen.growthBytes <= MAX_GROWTH_BYTES ? good(value) : bad(value);
      },
    },
    {
      id: 'stall-others',
      title: 'another stream at the same time',
      async run(stage) {
        const seen = await floodOf(stage);
        return typeof seen === 'string' ? bad(seen) : seen.other;
      },
    },
  ],
};
