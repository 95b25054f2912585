import { expect, test } from 'vitest';
import { percentiles } from '../../src/statistics.ts';

test('Nearest-rank percentiles are values that were measured', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentiles(values)).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 });
});

test('Of twenty values the 95th percentile is the second largest', () => {
  const values = Array.from({ length: 20 }, (_, i) => i);
  expect(percentiles(values)).toEqual({ p50: 9, p95: 18, p99: 19, max: 19 });
});

test('One value is every percentile, no value has none', () => {
  expect(percentiles([7])).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 });
  expect(percentiles([])).toBeNull();
});

test('The values are compared as numbers and left as they were', () => {
  const values = [100, 9, 20];
  expect(percentiles(values)?.p50).toBe(20);
  expect(values).toEqual([100, 9, 20]);
});
