import { expect, test } from 'vitest';
import { findMinimalSet, type SetTrials, subsets } from '../../../src/probe/experiment/minimal-fix.ts';
import { SENDER_FACTORS, type SenderFactor } from '../../../src/types.ts';

/** A hop that lets go when it gets one of these sets, or more. */
function hop(
  cures: SenderFactor[][],
  { alsoNeeds = [] as SenderFactor[], isLate = (): boolean => false } = {},
): SetTrials & { tried: string[] } {
  const tried: string[] = [];
  const has = (set: readonly SenderFactor[], wanted: SenderFactor[]) =>
    wanted.every((one) => set.includes(one));
  return {
    tried,
    quick: async (set) => {
      tried.push(set.join('+'));
      return cures.some((cure) => has(set, cure));
    },
    rest: async (set) => has(set, alsoNeeds),
    isLate,
  };
}

test('a single change is found, and no pair is tried', async () => {
  const one = hop([['no-transform']]);
  expect(await findMinimalSet(one)).toEqual({ set: ['no-transform'], isSmallest: true });
  expect(one.tried.every((set) => !set.includes('+'))).toBe(true);
});

test('of two that cure the one with the earlier name counts', async () => {
  const found = await findMinimalSet(hop([['heartbeat'], ['incremental'], ['padding']]));
  expect(found?.set).toEqual(['incremental']);
});

test('a change that cures the worst stream alone is not enough', async () => {
  const found = await findMinimalSet(hop([['content-type']], { alsoNeeds: ['heartbeat'] }));
  expect(found?.set).toEqual(['content-type', 'heartbeat']);
});

test('pairs are tried in the order of their names', async () => {
  const found = await findMinimalSet(
    hop([
      ['padding', 'heartbeat'],
      ['no-transform', 'padding'],
    ]),
  );
  expect(found?.set).toEqual(['no-transform', 'padding']);
});

test('three changes that are needed together are what is left of all', async () => {
  const found = await findMinimalSet(hop([['x-accel-buffering', 'no-transform', 'padding']]));
  expect(found).toEqual({ set: ['x-accel-buffering', 'no-transform', 'padding'], isSmallest: true });
});

test('where nothing helps, the sets of everything are the last that are tried', async () => {
  const stubborn = hop([]);
  expect(await findMinimalSet(stubborn)).toBeNull();
  expect(stubborn.tried).toHaveLength(SENDER_FACTORS.length + 4);
});

test('a change of type or framing is not part of a set that works without', async () => {
  const found = await findMinimalSet(hop([['incremental', 'padding', 'heartbeat']]));
  expect(found?.set).toEqual(['incremental', 'padding', 'heartbeat']);
});

test('with no time left the set that works is taken, and said not to be the smallest', async () => {
  const found = await findMinimalSet(
    hop([['x-accel-buffering', 'padding', 'heartbeat']], { isLate: () => true }),
  );
  expect(found?.isSmallest).toBe(false);
  expect(found?.set).toEqual(expect.arrayContaining(['x-accel-buffering', 'padding', 'heartbeat']));
});

test('the last of the single changes is tried even when it is late', async () => {
  const found = await findMinimalSet(hop([['heartbeat']], { isLate: () => true }));
  expect(found).toEqual({ set: ['heartbeat'], isSmallest: true });
});

test('a single change that failed once, by noise, is found before a pair with it is believed', async () => {
  const noisy = hop([['heartbeat']]);
  const { quick } = noisy;
  let alone = 0;
  noisy.quick = async (set) => {
    if (set.join() !== 'heartbeat') return quick(set);
    alone += 1;
    return alone > 1;
  };
  expect(await findMinimalSet(noisy)).toEqual({ set: ['heartbeat'], isSmallest: true });
});

test('subsets come in the order of their members', () => {
  expect(subsets(['a', 'b', 'c'], 2)).toEqual([
    ['a', 'b'],
    ['a', 'c'],
    ['b', 'c'],
  ]);
});
