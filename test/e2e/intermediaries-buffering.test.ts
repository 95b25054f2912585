import { afterAll, beforeAll, describe, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import {
  expectExperiments,
  expectStalled,
  expectVerdict,
  expectWaiting,
  lockstepSign,
} from '../support/suite/buffering.ts';
import { expectCures, measuredOf } from '../support/suite/cures.ts';
import { allPairs, pathOf, startHalf } from '../support/suite/pairs.ts';
import { createSharedPart } from '../support/suite/shared-part.ts';

/** On a busy machine a probe is repeated; products in Node take seconds to start there. */
const TIMEOUT_MS = 90_000;

/** What the probe says about every configuration in `configs/` that goes wrong, on the real product. */
describe.concurrent('of a configuration that holds or cuts streams', () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  const closers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    await Promise.all(closers.map((close) => close()));
    await origin.close();
  });

  for (const pair of allPairs()) {
    const { buffering, usable } = pair;
    if (buffering === null) continue;
    const half = createSharedPart(() => startHalf(pair, 'buffering', origin.url));
    closers.push(half.close);
    const file = `${pathOf(pair, 'buffering')}${buffering.edit === undefined ? '' : ' (edited)'}`;
    const test = (title: string, work: Parameters<typeof half.use<void>>[0]) => {
      half.expectUse();
      it.skipIf(!usable)(title, () => half.use(work), TIMEOUT_MS);
    };

    test(`${file}: the probe says ${[buffering.verdict, ...buffering.findings, ...(buffering.warnings ?? [])].join(', ')}`, (running) =>
      expectVerdict(origin.url, pair, buffering, running));
    if (buffering.experiments !== undefined)
      test(`${file}: experiments find ${buffering.experiments.join(', ')}`, (running) =>
        expectExperiments(pair, buffering, running));
    const measured = measuredOf(pair);
    const cured =
      measured === null || measured.curedBy.length === 0 ? 'nothing' : measured.curedBy.join(', ');
    if (measured !== null)
      test(`${file}, settings unchanged, is cured by ${cured}`, (running) =>
        expectCures(origin.url, pair, buffering, running, measured));
    const sign = lockstepSign(buffering);
    if (sign === 'stalls')
      test(`${file}: no event comes without the next`, (running) => expectStalled(origin.url, running));
    if (sign === 'waits')
      test(`${file}: 15 events wait for a timer each`, (running) => expectWaiting(origin.url, running));
  }
});
