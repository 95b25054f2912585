import type { HoldBasis, HoldSample } from '../types.ts';

/** How late each event was, and what that was judged against. */
export interface Comparison {
  basis: HoldBasis;
  holds: HoldSample[];
  clockErrorMs: number | null;
  headHoldMs: number | null;
  constantMs: number | null;
}
