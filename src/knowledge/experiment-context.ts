import type { ExperimentFacts, HopFacts, RuleContext } from '../types.ts';

/** The hop nearer to the origin that already shows what is wrong here, or null: it is to be looked at first. */
export function shownNearer(
  { hop, hops }: RuleContext,
  shows: (experiments: ExperimentFacts) => boolean,
): HopFacts | null {
  const nearer = hops.filter(({ index, experiments }) => index < hop.index && experiments !== undefined);
  return nearer.find(({ experiments }) => experiments !== undefined && shows(experiments)) ?? null;
}

/**
 * The same hop without what its hold makes suspect: products that hold alike need not be alike in anything else, so only
 * recognised ones are blamed for what else experiments show.
 */
export function recognisedOnly(context: RuleContext): RuleContext {
  const { hop } = context;
  const intermediaries = hop.intermediaries.filter(({ confidence }) => confidence !== 'possible');
  return { ...context, hop: { ...hop, hold: null, intermediaries } };
}

/** The sentence that sends the reader to that hop; null without one. */
export function lookThereFirst(nearer: HopFacts | null): string | null {
  return nearer === null
    ? null
    : `"${nearer.name}", nearer to the origin, does so already: look there first.`;
}
