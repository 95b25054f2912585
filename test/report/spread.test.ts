import { expect, test } from 'vitest';
import { spreadOf } from '../../src/report/spread.ts';
import { heldReport, holds, hopFacts, reportOf, steady } from '../support/report-builder.ts';

const counted = (values: number[]) =>
  spreadOf(values)?.map(({ fromMs, toMs, count }) => [fromMs, toMs, count]);

test('Durations fall into steps of 1, 2 and 5; the lower edge belongs to a step', () => {
  expect(counted([0, 0.9, 1, 1.9, 2, 7, 10])).toEqual([
    [0, 1, 2],
    [1, 2, 2],
    [2, 5, 1],
    [5, 10, 1],
    [10, 20, 1],
  ]);
});

test('Empty steps stand between others, never at the ends', () => {
  expect(counted([150, 9_000])?.map(([from]) => from)).toEqual([100, 200, 500, 1_000, 2_000, 5_000]);
});

test('What an error of the clock puts below zero counts as zero, and a day is not too long', () => {
  expect(counted([-3])).toEqual([[0, 1, 1]]);
  expect(counted([86_400_000])).toEqual([[50_000_000, 100_000_000, 1]]);
});

test('There is no distribution of nothing', () => {
  expect(spreadOf([])).toBeNull();
});

test('A report has the distributions of holds and gaps, and the lateness of each event that is drawn', () => {
  const [origin, edge] = heldReport().hops;
  expect(origin?.events.gapSpread).toEqual([{ fromMs: 500, toMs: 1_000, count: 19 }]);
  expect(edge?.events.gapSpread).toEqual([{ fromMs: 0, toMs: 1, count: 19 }]);
  expect(edge?.events.holdSpread?.reduce((sum, { count }) => sum + count, 0)).toBe(20);
  expect(edge?.latenessMs).toHaveLength(20);
  expect(edge?.latenessMs?.[0]).toBe(3);
});

test('Lateness is thinned as arrivals are, and what is known of no event is absent', () => {
  const many = hopFacts({ arrivalsMs: steady(5_000, 2), holds: holds(...steady(5_000, 1, 0)) });
  const [hop] = reportOf([many]).hops;
  expect(hop?.latenessMs).toHaveLength(2_000);
  // An event arrives at 2 ms times its number and is late by 1 ms times one less.
  expect(hop?.arrivalsMs.map((at) => at / 2 - 1)).toEqual(hop?.latenessMs);
  expect(reportOf([hopFacts()]).hops[0]).not.toHaveProperty('latenessMs');
});
