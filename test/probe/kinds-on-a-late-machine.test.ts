import { describe, expect, it } from 'vitest';
import { classifyHold } from '../../src/probe/classify.ts';
import type { Comparison } from '../../src/probe/comparison.ts';
import { judgeHop } from '../../src/probe/judge.ts';
import type { Watched } from '../../src/probe/watched.ts';
import type { HoldKind, Release } from '../../src/types.ts';

interface Arrival {
  dueMs: number;
  atMs: number;
}

/** A stream that ended, as far as these judgements look at it. */
function watched(
  arrivals: Arrival[],
  more: { headMs?: number; coding?: string; releases?: Release[] } = {},
): Watched {
  const endMs = arrivals.at(-1)?.atMs ?? 0;
  const whole = (atMs: number): Release => ({ atMs, bytes: 40, wireBytes: 46, events: 1, cutsEvent: false });
  return {
    observation: {
      marks: { startMs: 0, requestMs: 0, headMs: more.headMs ?? 1 },
      response: { status: 200 },
      chunks: [{ atMs: arrivals[0]?.atMs ?? 0 }],
      proberLags: [],
      end: { reason: 'complete', atMs: endMs, detail: null },
    },
    timeline: {
      format: 'event-stream',
      protocol: null,
      events: arrivals,
      releases: more.releases ?? arrivals.map(({ atMs }) => whole(atMs)),
      contentCoding: more.coding ?? null,
      bodyBytes: 800,
    },
  } as unknown as Watched;
}

function comparison(arrivals: Arrival[], headHoldMs = 0): Comparison {
  const holds = arrivals.map(({ dueMs, atMs }, event) => ({
    event,
    dueMs,
    holdMs: atMs - dueMs,
    unsure: false,
  }));
  return { basis: 'stamps', holds, clockErrorMs: 2, headHoldMs, constantMs: null };
}

function kindOf(
  arrivals: Arrival[],
  more: Parameters<typeof watched>[1] = {},
): [HoldKind, number | null, number | null] {
  const { hold } = classifyHold(watched(arrivals, more), comparison(arrivals));
  return [hold.kind, hold.periodMs, hold.blockBytes];
}

/** Events due every 100 ms, released at these moments. */
function releasedAt(...releasesMs: number[]): Arrival[] {
  const last = releasesMs.at(-1) ?? 0;
  const due = Array.from({ length: Math.floor(last / 100) }, (_, i) => (i + 1) * 100);
  return due.map((dueMs) => ({ dueMs, atMs: releasesMs.find((atMs) => atMs >= dueMs) ?? last }));
}

describe('the kind of a hold on a machine that is late itself', () => {
  it('a timer of 200 ms is known by its quickest releases', () => {
    // Each release is 200 ms after the oldest event that waits, or up to 50 ms later.
    const [kind, periodMs] = kindOf(releasedAt(302, 645, 903, 1_248, 1_505, 1_840, 2_103, 2_450, 2_600));
    expect(kind).toBe('for-time');
    expect(periodMs).toBeGreaterThanOrEqual(195);
    expect(periodMs).toBeLessThan(215);
  });

  it('an event behind, and the timer of the kernel on top, is still an event behind', () => {
    const due = [300, 600, 900, 1_200, 1_500, 1_800];
    const arrivals = due.map((dueMs, i) => ({ dueMs, atMs: (due[i + 1] ?? 0) + 205 + (i % 3) * 9 }));
    arrivals[5] = { dueMs: 1_800, atMs: 1_830 };
    expect(kindOf(arrivals, { coding: 'gzip' })[0]).toBe('one-behind');
  });

  it('a delay that is the same for all is constant, though the last event comes with the end', () => {
    const arrivals = [100, 400, 700, 1_000, 1_300, 1_600].map((dueMs, i) => ({
      dueMs,
      atMs: dueMs + 201 + i * 8,
    }));
    arrivals.push({ dueMs: 1_900, atMs: 1_905 });
    expect(kindOf(arrivals).slice(0, 2)).toEqual(['constant', 209]);
  });

  it('one block and a rest are known by the size that no event has', () => {
    const arrivals = Array.from({ length: 20 }, (_, i) => ({
      dueMs: (i + 1) * 100,
      atMs: i < 16 ? 1_700 : 2_000,
    }));
    const releases = [
      { atMs: 1_700, bytes: 32_768, wireBytes: 33_074, events: 16, cutsEvent: true },
      { atMs: 2_000, bytes: 7_523, wireBytes: 7_538, events: 4, cutsEvent: false },
    ];
    expect(kindOf(arrivals, { releases })).toEqual(['until-full', null, 32_768]);
  });
});

describe('a head that is late once', () => {
  const order = { lost: 0, duplicated: 0, reordered: 0, rewritten: 0 };
  const options = { maxHoldMs: 180, maxFirstEventMs: null };
  const judge = (noiseMs: number) => {
    const arrivals = [260, 360, 460, 560, 660].map((atMs, i) => ({
      atMs,
      dueMs: i === 3 ? atMs - noiseMs : atMs,
    }));
    const hop = watched(arrivals, { headMs: 259 });
    return judgeHop({ hop, comparison: comparison(arrivals, 250), nearer: null, order }, options);
  };

  it('was held for the first event where the events are on time', () => {
    expect(judge(1)).toMatchObject({ verdict: 'held', hold: { kind: 'head-only' } });
  });

  it('proves nothing where single events are as late', () => {
    expect(judge(120)).toMatchObject({ verdict: 'streaming', hold: null });
  });
});
