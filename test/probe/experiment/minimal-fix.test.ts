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
  const trials = {
    tried,
    quick: async (set: readonly SenderFactor[]) => {
      tried.push(set.join('+'));
      return cures.some((cure) => has(set, cure));
    },
    worst: (set: readonly SenderFactor[]): Promise<boolean> => trials.quick(set),
    rest: async (set: readonly SenderFactor[]) => has(set, alsoNeeds),
    again: async (set: readonly SenderFactor[]) => (await trials.quick(set)) && trials.rest(set),
    isLate,
  };
  return trials;
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

test('a pair that cannot be left out is found without trying all pairs, though it is late', async () => {
  const pair = hop([['framing', 'padding']], { isLate: () => true });
  expect(await findMinimalSet(pair)).toEqual({ set: ['framing', 'padding'], isSmallest: true });
  expect(pair.tried.filter((set) => set.split('+').length === 2)).toEqual(['framing+padding']);
});

test('a change that was taken for needed by a moment of noise is left out in the end', async () => {
  const noisy = hop([['incremental', 'padding', 'heartbeat']]);
  const { quick } = noisy;
  // All without no-transform: the first time this fails.
  let failures = 0;
  noisy.quick = async (set) => {
    const isWithout = set.length === 4 && !set.includes('no-transform');
    if (isWithout && failures === 0) {
      failures += 1;
      return false;
    }
    return quick(set);
  };
  const found = await findMinimalSet(noisy);
  expect(failures).toBe(1);
  expect(found).toEqual({ set: ['incremental', 'padding', 'heartbeat'], isSmallest: true });
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
  let isFirst = true;
  noisy.quick = async (set) => {
    const fails = set.join() === 'heartbeat' && isFirst;
    if (fails) isFirst = false;
    return !fails && quick(set);
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
