import type { ExperimentFacts, HopFacts, RuleContext } from '../types.ts';

/** The hop nearer to the origin that already shows what is wrong here, or null: it is to be looked at first. */
export function shownNearer(
  { hop, hops }: RuleContext,
  shows: (experiments: ExperimentFacts) => boolean,
): HopFacts | null {
  const nearer = hops.filter(({ index, experiments }) => index < hop.index && experiments !== undefined);
  return nearer.find(({ experiments }) => experiments !== undefined && shows(experiments)) ?? null;
}

/** The sentence that sends the reader to that hop; null without one. */
export function lookThereFirst(nearer: HopFacts | null): string | null {
  return nearer === null
    ? null
    : `"${nearer.name}", nearer to the origin, does so already: look there first.`;
}
