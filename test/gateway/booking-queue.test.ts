import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BookingQueue } from '../../src/gateway/booking-queue.ts';

/** Stands for an exchange: the queue passes it on and never looks at it. */
interface Ended {
  id: number;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
});
afterEach(() => {
  vi.runOnlyPendingTimers();
  vi.useRealTimers();
});

function createQueue() {
  const booked: number[] = [];
  const queue = new BookingQueue<Ended>(({ id }) => booked.push(id));
  return { booked, queue };
}

/** Passes the turn of the event loop that is under way, and no time. */
const nextTurn = (): void => {
  vi.advanceTimersByTime(0);
};

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

it('an exchange that ends alone is booked in the same turn, after what ended it has run', () => {
  const { booked, queue } = createQueue();
  queue.add({ id: 1 });
  expect(booked).toEqual([]);
  nextTurn();
  expect(booked).toEqual([1]);
  vi.advanceTimersByTime(1_000);
  queue.add({ id: 2 });
  nextTurn();
  expect(booked).toEqual([1, 2]);
});

it('those that end close behind it wait for each other, in order, and no longer than 100 ms', () => {
  const { booked, queue } = createQueue();
  queue.add({ id: 1 });
  nextTurn();
  queue.add({ id: 2 });
  vi.advanceTimersByTime(50);
  queue.add({ id: 3 });
  vi.advanceTimersByTime(49);
  expect(booked).toEqual([1]);
  vi.advanceTimersByTime(1);
  expect(booked).toEqual([1, 2, 3]);
  queue.add({ id: 4 });
  vi.advanceTimersByTime(99);
  expect(booked).toHaveLength(3);
  vi.advanceTimersByTime(1);
  expect(booked).toEqual([1, 2, 3, 4]);
});

it('of very many, streams have their turn between', () => {
  const { booked, queue } = createQueue();
  queue.add({ id: 0 });
  nextTurn();
  for (const id of numbers(1, 1_000)) queue.add({ id });
  vi.advanceTimersToNextTimer();
  let turns = 1;
  for (let before = 1; booked.length < 1_000; turns++, before = booked.length) {
    expect(booked.length - before).toBeLessThanOrEqual(64);
    vi.advanceTimersToNextTimer();
  }
  expect(turns).toBeGreaterThan(15);
  expect(booked).toEqual(numbers(0, 1_000));
});

it('all that waits is booked on demand, once', () => {
  const { booked, queue } = createQueue();
  for (const id of numbers(0, 200)) queue.add({ id });
  queue.flush();
  expect(booked).toEqual(numbers(0, 200));
  vi.advanceTimersByTime(1_000);
  expect(booked).toHaveLength(200);
});

it('all that waits is booked when the process ends, and a queue that is idle leaves no listener behind', () => {
  const listenersBefore = process.listenerCount('exit');
  const first = createQueue();
  const second = createQueue();
  for (const { queue } of [first, second]) {
    queue.add({ id: 1 });
    nextTurn();
    queue.add({ id: 2 });
  }
  expect(process.listenerCount('exit')).toBe(listenersBefore + 1);
  process.listeners('exit')[0]?.call(process, 0);
  expect([first.booked, second.booked]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  vi.advanceTimersByTime(1_000);
  expect(process.listenerCount('exit')).toBe(listenersBefore);
});
