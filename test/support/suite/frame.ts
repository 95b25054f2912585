import { afterAll, beforeAll, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../../src/origin/origin.ts';
import { type Kind, type ProductPair, type RunningHalf, startHalf } from './pairs.ts';
import { createSharedPart } from './shared-part.ts';

/** On a busy machine a probe is repeated; products in Node take seconds to start there. */
export const SUITE_TIMEOUT_MS = 90_000;

/** What the tests of all configurations of one sort stand on: an origin, and each product started once, for as long as it is used. */
export interface SuiteFrame {
  readonly origin: RunningOrigin;
  /** A function that adds tests of one half of a pair; they are skipped where the product is absent. */
  testsOf(
    pair: ProductPair,
    half: Kind,
  ): (title: string, work: (running: RunningHalf) => Promise<void>) => void;
}

/** To be called within `describe`. */
export function createSuiteFrame(): SuiteFrame {
  let origin: RunningOrigin;
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  afterAll(async () => {
    await Promise.all(closers.map((close) => close()));
    await origin.close();
  });
  return {
    get origin() {
      return origin;
    },
    testsOf(pair, half) {
      const part = createSharedPart(() => startHalf(pair, half, origin.url));
      closers.push(part.close);
      return (title, work) => {
        part.expectUse();
        it.skipIf(!pair.usable)(title, () => part.use(work), SUITE_TIMEOUT_MS);
      };
    },
  };
}
