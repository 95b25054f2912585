import { describe } from 'vitest';
import {
  expectExperiments,
  expectStalled,
  expectVerdict,
  expectWaiting,
  lockstepSign,
} from '../support/suite/buffering.ts';
import { expectCures, measuredOf } from '../support/suite/cures.ts';
import { createSuiteFrame } from '../support/suite/frame.ts';
import { allPairs, pathOf } from '../support/suite/pairs.ts';

/** What the probe says about every configuration in `configs/` that goes wrong, on the real product. */
describe.concurrent('of a configuration that holds or cuts streams', () => {
  const frame = createSuiteFrame();

  for (const pair of allPairs()) {
    const { buffering } = pair;
    if (buffering === null) continue;
    const file = `${pathOf(pair, 'buffering')}${buffering.edit === undefined ? '' : ' (edited)'}`;
    const test = frame.testsOf(pair, 'buffering');

    test(`${file}: the probe says ${[buffering.verdict, ...buffering.findings, ...(buffering.warnings ?? [])].join(', ')}`, (running) =>
      expectVerdict(frame.origin.url, pair, buffering, running));
    if (buffering.experiments !== undefined)
      test(`${file}: experiments find ${buffering.experiments.join(', ')}`, (running) =>
        expectExperiments(pair, buffering, running));
    const measured = measuredOf(pair);
    const cured =
      measured === null || measured.curedBy.length === 0 ? 'nothing' : measured.curedBy.join(', ');
    if (measured !== null)
      test(`${file}, settings unchanged, is cured by ${cured}`, (running) =>
        expectCures(frame.origin.url, pair, buffering, running, measured));
    const sign = lockstepSign(buffering);
    if (sign === 'stalls')
      test(`${file}: no event comes without the next`, (running) => expectStalled(frame.origin.url, running));
    if (sign === 'waits')
      test(`${file}: 15 events wait for a timer each`, (running) => expectWaiting(frame.origin.url, running));
  }
});
