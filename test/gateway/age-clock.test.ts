import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchAge } from '../../src/gateway/age-clock.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  // Nothing is left for the next test: the clocks end when nobody is watched.
  vi.runAllTimers();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Says when each was told that it is old enough, in milliseconds from now. */
function createAges() {
  const startMs = performance.now();
  const told: [name: string, ms: number][] = [];
  const begin = (name: string, maxAgeMs: number) =>
    watchAge({ onAged: () => told.push([name, performance.now() - startMs]) }, maxAgeMs);
  return { told, begin };
}

it('each is told at its own time, once', () => {
  const { told, begin } = createAges();
  begin('a', 1_000);
  vi.advanceTimersByTime(300);
  begin('b', 1_000);
  begin('c', 500);
  vi.advanceTimersByTime(600);
  begin('d', 1_000);
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual([
    ['c', 800],
    ['a', 1_000],
    ['b', 1_300],
    ['d', 1_900],
  ]);
});

it('nobody is told who stopped, and those behind them keep their time', () => {
  const { told, begin } = createAges();
  const first = begin('a', 1_000);
  vi.advanceTimersByTime(250);
  begin('b', 1_000);
  const last = begin('c', 1_000);
  first.stop();
  vi.advanceTimersByTime(900);
  last.stop();
  last.stop();
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual([['b', 1_250]]);
});

it('one that is over before it is old leaves no timer behind for long, and the next one has its whole time', () => {
  const { told, begin } = createAges();
  begin('a', 1_000).stop();
  vi.advanceTimersByTime(999);
  begin('b', 1_000);
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual([['b', 1_999]]);
});

it('however many there are, they share one timer', () => {
  const { told, begin } = createAges();
  for (let n = 0; n < 1_000; n++) begin(`${n}`, 2_000);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(2_000);
  expect(told).toHaveLength(1_000);
});
