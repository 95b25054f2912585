import { SENDER_FACTORS, type SenderFactor } from '../../types.ts';

/** How a set of changes is tried. */
export interface SetTrials {
  /** On one stream of each kind of trouble. */
  quick(set: readonly SenderFactor[]): Promise<boolean>;
  /** On every other stream that needs a change. */
  rest(set: readonly SenderFactor[]): Promise<boolean>;
  /** True when there is no time left to look for a smaller set. */
  isLate(): boolean;
}

/** A set that works; `isSmallest` is false where there was no time to be sure. */
export interface FoundSet {
  set: SenderFactor[];
  isSmallest: boolean;
}

/** How many sets are tried at the same time: as many as there are streams at a time. */
const TOGETHER = 6;
/** Larger sets are found by leaving one change after the other out, or it would take minutes. */
const LARGEST_TRIED = 2;

/** Sets that leave out what a stream may need as it is: content type and framing change more than a field does. */
const FULL_SETS: readonly (readonly SenderFactor[])[] = [
  SENDER_FACTORS.filter((factor) => factor !== 'content-type' && factor !== 'framing'),
  SENDER_FACTORS.filter((factor) => factor !== 'framing'),
  SENDER_FACTORS.filter((factor) => factor !== 'content-type'),
  SENDER_FACTORS,
];

/**
 * The smallest set of changes that works, of equally small ones the first in the order of {@link SENDER_FACTORS}; null
 * when not even all of them together do. Above two changes the set is one from which none can be left out.
 */
export async function findMinimalSet(trials: SetTrials): Promise<FoundSet | null> {
  // None of these is left out for want of time: a larger set is called the smallest only after all of them.
  const alone = await firstThatWorks(subsets(SENDER_FACTORS, 1), { ...trials, isLate: () => false });
  if (alone !== null) return { set: [...alone], isSmallest: true };
  const full = await firstThatWorks(FULL_SETS, trials);
  if (full === null) return null;
  for (let size = 2; size <= LARGEST_TRIED; size += 1) {
    const found = await firstThatWorks(subsets(full, size), trials);
    if (found !== null) return { set: [...(await byOneAfterAll(found, trials))], isSmallest: true };
  }
  return leaveOut(full, trials);
}

/** A single change that failed by a moment's noise on this machine is tried again before a pair with it is believed. */
async function byOneAfterAll(
  found: readonly SenderFactor[],
  trials: SetTrials,
): Promise<readonly SenderFactor[]> {
  return (await firstThatWorks(subsets(found, 1), trials)) ?? found;
}

async function firstThatWorks(
  sets: readonly (readonly SenderFactor[])[],
  { quick, rest, isLate }: SetTrials,
): Promise<readonly SenderFactor[] | null> {
  for (let from = 0; from < sets.length; from += TOGETHER) {
    if (from > 0 && isLate()) return null;
    const group = sets.slice(from, from + TOGETHER);
    const outcomes = await Promise.all(group.map(quick));
    for (const [i, set] of group.entries()) if (outcomes[i] && (await rest(set))) return set;
  }
  return null;
}

/** From the last name on, so that earlier ones stay. */
async function leaveOut(
  full: readonly SenderFactor[],
  { quick, rest, isLate }: SetTrials,
): Promise<FoundSet> {
  let set = [...full];
  for (const factor of [...full].reverse()) {
    if (isLate()) return { set, isSmallest: false };
    const without = set.filter((one) => one !== factor);
    if ((await quick(without)) && (await rest(without))) set = without;
  }
  return { set, isSmallest: true };
}

/** All subsets of a size, in the order of their members. */
export function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) => subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}
