import type { Violation } from './ledger.ts';
import { type FuzzCase, makeCase } from './make-case.ts';
import type { Profile } from './profile.ts';
import { runFuzz } from './run-fuzz.ts';

/** A violation by one case alone, and the case with as few edits as still lead to it. */
export interface Reproduction {
  violation: Violation;
  of: FuzzCase;
}

/** Runs one case alone, a few times; makes it smaller while the violation stays. Null when it does not show again. */
export async function reproduce(
  folder: string,
  seed: number,
  index: number,
  profile: Profile,
): Promise<Reproduction | null> {
  const attempt = async (keep?: ReadonlySet<number>): Promise<Reproduction | null> => {
    const of = makeCase(seed, index, profile, keep);
    const result = await runFuzz({
      folder,
      seed,
      profile,
      requests: 0,
      cases: Array<FuzzCase>(3).fill(of),
      concurrency: 1,
    });
    const violation = result.violations.find(({ kind }) => kind !== 'request-repeated');
    return violation === undefined ? null : { violation, of };
  };
  let best = await attempt();
  if (best === null) return null;
  const keep = new Set(Array.from({ length: best.of.edits }, (_, place) => place));
  for (const place of [...keep]) {
    keep.delete(place);
    const smaller = await attempt(keep);
    if (smaller?.violation.kind === best.violation.kind) best = smaller;
    else keep.add(place);
  }
  return best;
}
