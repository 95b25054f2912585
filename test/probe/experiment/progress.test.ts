import { expect, it } from 'vitest';
import type { ExperimentProgress } from '../../../src/probe/experiment/options.ts';
import { createProgressBook } from '../../../src/probe/experiment/progress.ts';

function startBook(parallel: number) {
  const told: ExperimentProgress[] = [];
  let atMs = 0;
  const book = createProgressBook(
    'edge',
    parallel,
    () => atMs,
    (progress) => told.push(progress),
  );
  const pass = (ms: number): void => {
    atMs += ms;
  };
  return { book, pass, last: () => told.at(-1) };
}

it('work that waits for its turn counts, shared among as many as run at a time', () => {
  const { book, last } = startBook(2);
  const first = book.announce(1_000);
  for (let i = 0; i < 5; i += 1) book.announce(1_000);
  first('the first');
  expect(last()).toEqual({ hop: 'edge', doing: 'the first', done: 0, of: 6, leftMs: 3_000 });
});

it('what is under way is left for the rest of its time, and nothing is left of what is done', () => {
  const { book, pass, last } = startBook(6);
  const end = book.announce(2_000)('a stream');
  pass(500);
  book.announce(100)('a short one')();
  expect(last()).toMatchObject({ done: 1, of: 2, leftMs: 1_500 });
  pass(9_000);
  end();
  expect(last()).toMatchObject({ done: 2, of: 2, leftMs: 0 });
});

it('what is foreseen comes on top until something else is', () => {
  const { book, last } = startBook(6);
  book.foresee(4_000);
  book.announce(1_000)('one')();
  expect(last()?.leftMs).toBe(4_000);
  book.foresee(0);
  book.announce(1_000)('two')();
  expect(last()?.leftMs).toBe(0);
});
