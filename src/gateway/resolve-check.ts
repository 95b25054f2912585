import { type CheckPageOptions, readCompareOrigin, readPageOrigin } from '../origin/check-page.ts';
import type { Problems } from './option-error.ts';
import type { GatewayOptions } from './options.ts';

/** What the check page is told and who may read it; null where it is off. */
export function resolveCheck(
  { check, compareOrigin, allowOrigin = [] }: Pick<GatewayOptions, 'check' | 'compareOrigin' | 'allowOrigin'>,
  problems: Problems,
): CheckPageOptions | null {
  const needsCheck = 'is for the check page, which is off, expected check as well';
  if (check !== true) {
    if (compareOrigin != null) problems.add(['compareOrigin'], needsCheck);
    if (allowOrigin.length > 0) problems.add(['allowOrigin'], needsCheck);
    return null;
  }
  const read = <T>(path: (string | number)[], reader: () => T): T | null => {
    try {
      return reader();
    } catch (error) {
      problems.add(path, (error as Error).message);
      return null;
    }
  };
  return {
    compareOrigin:
      compareOrigin == null ? null : read(['compareOrigin'], () => readCompareOrigin(compareOrigin)),
    allowOrigin: allowOrigin.flatMap(
      (origin, i) => read(['allowOrigin', i], () => readPageOrigin(origin)) ?? [],
    ),
  };
}
