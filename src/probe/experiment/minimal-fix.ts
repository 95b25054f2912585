import { SENDER_FACTORS, type SenderFactor } from '../../types.ts';

/** How a set of changes is tried. */
export interface SetTrials {
  /** On the stream that fares worst. */
  worst(set: readonly SenderFactor[]): Promise<boolean>;
  /** On one stream of each kind of trouble. */
  quick(set: readonly SenderFactor[]): Promise<boolean>;
  /** On every other stream that needs a change. */
  rest(set: readonly SenderFactor[]): Promise<boolean>;
  /** On all of them, whatever came of it before. */
  again(set: readonly SenderFactor[]): Promise<boolean>;
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
  // What the full set fails without is in every set that works: mostly that is the answer already.
  const needed = await cannotBeLeftOut(full, trials);
  if (needed.length > 1 && (await trials.again(needed))) return prune(needed, trials);
  for (let size = Math.max(2, needed.length + 1); size <= LARGEST_TRIED; size += 1) {
    const others = full.filter((factor) => !needed.includes(factor));
    const sets = subsets(others, size - needed.length).map((some) => inOrder([...needed, ...some]));
    const found = await firstThatWorks(sets, trials);
    if (found !== null) return prune(found, trials);
  }
  return leaveOut(full, trials);
}

/** Those without which the others fail on the worst stream, each tried by itself, all at the same time. */
async function cannotBeLeftOut(full: readonly SenderFactor[], { worst }: SetTrials): Promise<SenderFactor[]> {
  const works = await Promise.all(full.map((factor) => worst(full.filter((one) => one !== factor))));
  return full.filter((_, i) => !works[i]);
}

/**
 * The set without what was taken for needed by a moment's noise on this machine: a single change that failed is tried once
 * more before a pair with it is believed, and of a larger set each is left out once more.
 */
async function prune(found: readonly SenderFactor[], trials: SetTrials): Promise<FoundSet> {
  const works = await Promise.all(found.map((factor) => !trials.isLate() && trials.again([factor])));
  const alone = found.find((_, i) => works[i]);
  if (alone !== undefined) return { set: [alone], isSmallest: true };
  return found.length <= 2 ? { set: [...found], isSmallest: true } : leaveOut(found, trials);
}

function inOrder(set: readonly SenderFactor[]): SenderFactor[] {
  return SENDER_FACTORS.filter((factor) => set.includes(factor));
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
