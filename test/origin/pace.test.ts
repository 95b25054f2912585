import { afterEach, expect, test, vi } from 'vitest';
import { createPace } from '../../src/origin/steady-stream.ts';

afterEach(() => void vi.useRealTimers());

test('a timer that fires late does not shift the beats after it', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const pace = createPace(30, 100);
  expect(pace.nextDelayMs()).toBe(30);
  vi.advanceTimersByTime(37);
  expect(pace.nextDelayMs()).toBe(93);
});

test('beats missed during a pause are dropped, not sent in a burst', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const pace = createPace(100, 100);
  pace.nextDelayMs();
  vi.advanceTimersByTime(1_750);
  expect([pace.nextDelayMs(), pace.nextDelayMs()]).toEqual([100, 200]);
});
