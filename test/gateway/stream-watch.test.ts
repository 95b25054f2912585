import { describe, expect, it } from 'vitest';
import {
  type HoldKind,
  LOOK_INTERVAL_MS,
  LOOKS_PER_INTERVAL,
  StreamWatch,
} from '../../src/gateway/stream-watch.ts';

/** A piece of a stream and when it is read. */
interface Read {
  atMs: number;
  text: string;
}

const EVENT = 'data: a token of an answer\n\n';

interface Play {
  holds: HoldKind[];
  pausesMs: number[];
  looked: number;
  watch: StreamWatch;
}

/** Plays reads to a watch, as a transport and the timer would, on a clock of the test's own. */
function play(reads: Read[], { headAtMs = 5, resumes = false, excusedAtMs = -1 } = {}): Play {
  const holds: HoldKind[] = [];
  const pausesMs: number[] = [];
  const stream = {
    ...{ startedMs: 0, headAtMs, resumes },
    onFirstEvent() {},
    onPause: (ms: number) => void pausesMs.push(ms),
    onHold: (kind: HoldKind) => void holds.push(kind),
  };
  const watch = new StreamWatch(stream, 'events');
  let bytes = 0;
  let looked = 0;
  let isUnwatched = false;
  let tickMs = LOOK_INTERVAL_MS;
  for (const { atMs, text } of reads) {
    for (; tickMs <= atMs; tickMs += LOOK_INTERVAL_MS) {
      watch.tick(bytes, tickMs);
      isUnwatched = false;
    }
    if (excusedAtMs >= 0 && atMs >= excusedAtMs) watch.excuse();
    const piece = Buffer.from(text);
    if (!isUnwatched) {
      looked++;
      watch.begin(bytes, atMs);
      watch.look(piece, 0, Math.min(piece.length, watch.reach));
      watch.passed(bytes + piece.length);
      isUnwatched = !watch.wantsMore;
    }
    bytes += piece.length;
  }
  watch.end();
  return { holds, pausesMs, looked, watch };
}

/** A pseudo-random number in [0, 1), the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** An event each `everyMs`, and what a buffer of so many bytes makes of them. */
function untilFull(everyMs: number, blockBytes: number, forMs: number): Read[] {
  const reads: Read[] = [];
  let held = '';
  for (let atMs = 100; atMs < forMs; atMs += everyMs) {
    held += EVENT;
    if (held.length < blockBytes) continue;
    reads.push({ atMs, text: held.slice(0, blockBytes) });
    held = held.slice(blockBytes);
  }
  return reads;
}

describe('a watch finds', () => {
  it('a buffer that holds until it is full, after its third block', () => {
    const reads = untilFull(20, 4_096, 60_000);
    expect(play(reads.slice(0, 6)).holds).toEqual(['bursts']);
    expect(play(reads.slice(0, 2)).holds).toEqual([]);
  });

  it('a buffer that is emptied every 200 ms', () => {
    const reads = Array.from({ length: 8 }, (_, i) => ({ atMs: 200 * i + 100, text: EVENT.repeat(10) }));
    expect(play(reads).holds).toEqual(['bursts']);
  });

  it('blocks that come in several reads', () => {
    const reads = untilFull(20, 8_192, 60_000).flatMap(({ atMs, text }) => [
      { atMs, text: text.slice(0, 1_000) },
      { atMs: atMs + 1, text: text.slice(1_000, 5_000) },
      { atMs: atMs + 3, text: text.slice(5_000) },
    ]);
    expect(play(reads).holds).toEqual(['bursts']);
  });

  it('a late head with a backlog behind it', () => {
    expect(play([{ atMs: 4_001, text: EVENT.repeat(8) }], { headAtMs: 4_000 }).holds).toEqual(['late-start']);
  });

  it('a late head that came with the first event, and says no more than that', () => {
    const reads = [4_001, 4_050, 4_110].map((atMs) => ({ atMs, text: EVENT }));
    expect(play(reads, { headAtMs: 4_000 }).holds).toEqual(['late-head']);
  });

  it('how long a stream was quiet', () => {
    const reads = [10, 500, 3_500, 3_600, 18_600].map((atMs) => ({ atMs, text: EVENT }));
    expect(play(reads).pausesMs).toEqual([3_000, 15_000]);
  });
});

describe('a watch finds nothing in', () => {
  it.each([1, 2, 3, 4, 5])(
    'an answer of a language model, seed %i: bursts, stalls and fast tokens',
    (seed) => {
      const random = seeded(seed);
      const reads: Read[] = [];
      let atMs = 800;
      for (let n = 0; n < 4_000; n++) {
        // Tokens every 20 ms or so; now and then a stall behind which a few come together, as after a lost packet.
        const isStall = random() < 0.01;
        atMs += isStall ? 200 + 800 * random() : -20 * Math.log(1 - random());
        reads.push({
          atMs,
          text: EVENT.repeat(isStall ? 1 + Math.floor(8 * random()) : random() < 0.2 ? 2 : 1),
        });
      }
      expect(play(reads).holds).toEqual([]);
    },
  );

  it('a fast model: 200 tokens a second after a pause for each tool', () => {
    const reads: Read[] = [];
    for (let turn = 0; turn < 50; turn++)
      for (let n = 0; n < 300; n++) reads.push({ atMs: 4_000 * turn + 5 * n + 300, text: EVENT });
    expect(play(reads).holds).toEqual([]);
  });

  it('a firehose: thousands of events a second, many in each read', () => {
    const reads = Array.from({ length: 20_000 }, (_, i) => ({ atMs: i + 10, text: EVENT.repeat(40) }));
    const { holds, looked, watch } = play(reads);
    expect(holds).toEqual([]);
    expect(looked).toBeLessThanOrEqual(21 * LOOKS_PER_INTERVAL);
    expect(watch.sawAll(20_000 * 40 * EVENT.length)).toBe(false);
  });

  it('large events, one at a time', () => {
    const large = `data: ${'x'.repeat(10_000)}\n\n`;
    const reads = Array.from({ length: 50 }, (_, i) => ({ atMs: 1_000 * i + 10, text: large }));
    expect(play(reads).holds).toEqual([]);
  });

  it('events that a client has missed and gets at once', () => {
    const reads = [{ atMs: 4_001, text: EVENT.repeat(500) }];
    expect(play(reads, { headAtMs: 4_000, resumes: true }).holds).toEqual([]);
  });

  it('what came late because the client did not read', () => {
    const reads = Array.from({ length: 20 }, (_, i) => ({ atMs: 500 * i + 10, text: EVENT.repeat(30) }));
    expect(play(reads).holds).toEqual(['bursts']);
    expect(play(reads, { excusedAtMs: 0 }).holds).toEqual([]);
  });

  it('a head that is late and comes alone', () => {
    expect(play([{ atMs: 4_500, text: EVENT.repeat(9) }], { headAtMs: 4_000 }).holds).toEqual([]);
  });
});

it('a slow stream is looked into whole, so that its events are known exactly', () => {
  const reads = Array.from({ length: 100 }, (_, i) => ({ atMs: 100 * i + 10, text: EVENT }));
  const { watch } = play(reads);
  expect(watch.sawAll(100 * EVENT.length)).toBe(true);
  expect(watch.boundary.events).toBe(100);
});
