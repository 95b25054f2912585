import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { type QuietStream, watchQuiet } from '../../src/gateway/quiet-clock.ts';

class FakeStream implements QuietStream {
  progress = 0;
  isOver = false;
  asked = 0;
  canAct = true;
  onAsked: () => void = () => {};

  onQuiet(): boolean {
    this.asked++;
    this.onAsked();
    return this.canAct;
  }
}

function watch(quietMs: number): FakeStream {
  const stream = new FakeStream();
  watchQuiet(stream, quietMs);
  onTestFinished(() => {
    stream.isOver = true;
  });
  return stream;
}

async function until(isThere: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!isThere()) {
    if (performance.now() > endMs) throw new Error('it did not come');
    await sleep(5);
  }
}

it('thousands of streams that fall silent together leave the event loop its turns', async () => {
  const perTurn = new Map<number, number>();
  let turn = 0;
  let runs = true;
  const next = (): void => {
    turn++;
    if (runs) setImmediate(next);
  };
  next();
  const streams = Array.from({ length: 3_000 }, () => watch(100));
  for (const stream of streams)
    stream.onAsked = () => {
      perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1);
      // Once is enough to see.
      stream.isOver = true;
    };
  await until(() => streams.every(({ asked }) => asked === 1));
  runs = false;
  // A turn seen from here may have the end of one batch and the next one in it.
  expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(256);
});

it('a stream that is never silent for so long is not asked', async () => {
  const stream = watch(400);
  for (let n = 0; n < 30; n++) {
    stream.progress++;
    await sleep(20);
  }
  expect(stream.asked).toBe(0);
  await until(() => stream.asked === 1);
});

it('a stream that cannot act is asked again soon, one that acted after the whole time only', async () => {
  const stream = watch(600);
  stream.canAct = false;
  await until(() => stream.asked >= 2);
  stream.canAct = true;
  const before = stream.asked;
  await until(() => stream.asked === before + 1);
  const actedMs = performance.now();
  await until(() => stream.asked === before + 2);
  expect(performance.now() - actedMs).toBeGreaterThan(500);
});

it('a stream that is over is let go', async () => {
  const stream = watch(100);
  await until(() => stream.asked === 1);
  stream.isOver = true;
  await sleep(300);
  expect(stream.asked).toBe(1);
});
