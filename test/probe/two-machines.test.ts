import { describe, expect, it } from 'vitest';
import { JUDGE_DEFAULTS } from '../../src/probe/diagnose.ts';
import { diagnoseSaved } from '../../src/probe/diagnose-saved.ts';
import { createPayloadMasker, maskObservation } from '../../src/probe/mask-payload.ts';
import type { SavedRun } from '../../src/probe/saved.ts';
import type { Observation } from '../../src/types.ts';
import { hopFacts } from '../support/facts-builder.ts';

interface Machine {
  name: string;
  /** How much its wall clock is ahead. */
  aheadMs?: number;
  /** When its recording began, after the first one's. */
  laterMs?: number;
  /** How late event n came, of those that are sent every 200 ms. */
  lateMs?: (n: number) => number;
  text?: (n: number) => string;
  masked?: boolean;
  count?: number;
}

/** The recording of one machine of a stream that all readers share. */
function recording({
  name,
  aheadMs = 0,
  laterMs = 0,
  lateMs = () => 5,
  text,
  masked = false,
  count = 30,
}: Machine): SavedRun {
  const { observation } = hopFacts({
    name,
    events: {
      count,
      everyMs: 200,
      firstMs: 300,
      arrives: (n, sentMs) => sentMs + lateMs(n),
      text: text ?? ((n) => `id: ${n + 1}\ndata: number ${n + 1}\n\n`),
    },
  });
  const moved: Observation = {
    ...observation,
    startedAtEpochMs: observation.startedAtEpochMs + aheadMs + laterMs,
    reads: observation.reads.map((read) => ({ ...read, atMs: read.atMs - laterMs })),
    chunks: observation.chunks.map((chunk) => ({ ...chunk, atMs: chunk.atMs - laterMs })),
  };
  const seen = moved.chunks.findIndex(({ atMs }) => atMs > 10);
  const { chunks, reads } = moved;
  const whole = {
    ...moved,
    reads: reads.slice(seen),
    chunks: chunks.slice(seen).map((chunk, i) => ({ ...chunk, read: i })),
  };
  return {
    observations: [masked ? maskObservation(whole, createPayloadMasker()) : whole],
    payloadKept: !masked,
    judge: {},
  };
}

const judge = (...machines: Machine[]) => diagnoseSaved(machines.map(recording), JUDGE_DEFAULTS);
/** Lets several events go at once, once a second. */
const onceASecond = (n: number): number => 1_000 - ((n * 200) % 1_000);

describe('recordings of one stream, made on two machines', () => {
  it('are compared although one clock is minutes ahead: a hold at the far one is found', () => {
    const report = judge({ name: 'near' }, { name: 'far', aheadMs: 240_000, lateMs: onceASecond });
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'held']);
    expect(report.hops[1]).toMatchObject({ events: { holdBasis: 'first-hop' }, hold: { kind: 'for-time' } });
    expect(report.warnings.join('\n')).toMatch(
      /far: another machine's clock, set by the \d+ events that "near" saw/,
    );
  });

  it('make no hold of a clock that is ahead or behind, nor of a recording begun later', () => {
    for (const aheadMs of [-60_000, -300, 0, 300, 60_000]) {
      const report = judge({ name: 'near' }, { name: 'far', aheadMs, laterMs: 2_000 });
      expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'streaming']);
    }
  });

  it('cannot show a delay common to all events, and the report says so', () => {
    const report = judge({ name: 'near' }, { name: 'far', lateMs: () => 400 });
    expect(report.verdict).toBe('streaming');
    expect(report.warnings.join('\n')).toMatch(/a delay common to all of them cannot be seen/);
  });

  it('are matched by id and length where the payload was masked on each machine', () => {
    const report = judge(
      { name: 'near', masked: true },
      { name: 'far', masked: true, aheadMs: 5_000, lateMs: onceASecond },
    );
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'held']);
    expect(report.warnings.join('\n')).toMatch(/matched by id and length/);
  });

  it('are judged each by itself where they have no events in common', () => {
    const words = (n: number): string => `data: ${'xyz'.repeat((n * 7) % 5)} a${n}\n\n`;
    const report = judge({ name: 'near' }, { name: 'far', text: words, lateMs: onceASecond });
    expect(report.hops[1]?.events.holdBasis).toBe('pace');
    expect(report.warnings.join('\n')).toMatch(/no events in common/);
  });

  it('of the same name are told apart', () => {
    expect(judge({ name: 'edge' }, { name: 'edge' }).hops.map(({ name }) => name)).toEqual([
      'edge',
      'edge-2',
    ]);
  });
});
