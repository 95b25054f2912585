import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DRAIN_FROM, DRAIN_UNTIL, startDrain } from '../../src/gateway/drain.ts';
import type { Exchange } from '../../src/gateway/exchange.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** As much of a websocket's exchange as a drain looks at: such a one is ended at its deadline, whatever passes on it. */
function websocket(onEnd: () => void): Exchange {
  const exchange = { route: 'upgrade', isStream: false, unit: null, transport: null, isSettled: false };
  const drain = (): void => {
    exchange.isSettled = true;
    onEnd();
  };
  return { ...exchange, drain } as unknown as Exchange;
}

it('deadlines lie evenly between half and nine tenths of the time, whatever there is to end', () => {
  const count = 1_000;
  let n = 0;
  const drain = startDrain({ timeoutMs: 10_000, retryMs: null, random: () => n++ / count });
  const endsMs: number[] = [];
  const startMs = performance.now();
  for (let i = 0; i < count; i++) drain.add(websocket(() => endsMs.push(performance.now() - startMs)));
  vi.advanceTimersByTime(10_000);
  expect(endsMs).toHaveLength(count);
  for (const [i, ms] of endsMs.entries()) {
    const wantedMs = 10_000 * (DRAIN_FROM + (DRAIN_UNTIL - DRAIN_FROM) * (i / count));
    expect(Math.abs(ms - wantedMs)).toBeLessThanOrEqual(2);
  }
});

it('one that begins while the gateway drains gets its deadline from the same start', () => {
  const drain = startDrain({ timeoutMs: 10_000, retryMs: null, random: () => 0.5 });
  vi.advanceTimersByTime(4_000);
  let endedAtMs = 0;
  const laterMs = performance.now();
  drain.add(websocket(() => (endedAtMs = performance.now() - laterMs)));
  vi.advanceTimersByTime(6_000);
  expect(Math.abs(endedAtMs - 3_000)).toBeLessThanOrEqual(2);
});

it('one that is over by itself is left alone', () => {
  const drain = startDrain({ timeoutMs: 10_000, retryMs: null, random: () => 0 });
  const end = vi.fn();
  const exchange = websocket(end);
  drain.add(exchange);
  drain.remove(exchange);
  vi.advanceTimersByTime(20_000);
  drain.end();
  expect(end).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
