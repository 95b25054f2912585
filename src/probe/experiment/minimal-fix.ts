import { SENDER_FACTORS, type SenderFactor } from '../../types.ts';

/** Tries a set of changes on every stream that needs one. */
export type TrySet = (set: readonly SenderFactor[]) => Promise<boolean>;

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
 * @param singles what is known of each change alone
 */
export async function findMinimalSet(
  singles: ReadonlyMap<SenderFactor, boolean>,
  works: TrySet,
): Promise<SenderFactor[] | null> {
  const alone = SENDER_FACTORS.find((factor) => singles.get(factor) === true);
  if (alone !== undefined) return [alone];
  const full = await firstThatWorks(FULL_SETS, works);
  if (full === null) return null;
  for (let size = 2; size <= LARGEST_TRIED; size += 1) {
    const found = await firstThatWorks(subsets(full, size), works);
    if (found !== null) return [...found];
  }
  return leaveOut(full, works);
}

async function firstThatWorks(
  sets: readonly (readonly SenderFactor[])[],
  works: TrySet,
): Promise<readonly SenderFactor[] | null> {
  for (let from = 0; from < sets.length; from += TOGETHER) {
    const group = sets.slice(from, from + TOGETHER);
    const outcomes = await Promise.all(group.map(works));
    const first = group.find((_, i) => outcomes[i]);
    if (first !== undefined) return first;
  }
  return null;
}

/** From the last name on, so that earlier ones stay. */
async function leaveOut(full: readonly SenderFactor[], works: TrySet): Promise<SenderFactor[]> {
  let set = [...full];
  for (const factor of [...full].reverse()) {
    const without = set.filter((one) => one !== factor);
    if (await works(without)) set = without;
  }
  return set;
}

/** All subsets of a size, in the order of their members. */
export function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) => subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}
