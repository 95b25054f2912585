import { expect, it } from 'vitest';
import { held } from '../../../src/probe/classify.ts';
import type { LockstepTrial } from '../../../src/probe/experiment/lockstep.ts';
import { settleKinds, type Variant } from '../../../src/probe/experiment/variants.ts';
import type { ReportHold } from '../../../src/types.ts';

const variantWith = (hold: ReportHold | null) => ({ facts: { hold } }) as Variant;
const lockstep = (stalledAt: number | null) =>
  ({ stalled: stalledAt !== null, facts: { stalledAt } }) as LockstepTrial;
const kinds = (variants: Variant[]) => variants.map(({ facts }) => facts.hold?.kind ?? null);

const BLURRED = [held('for-time'), held('until-full'), held('unknown'), null].map(variantWith);
const SLOW = variantWith(held('one-behind'));

it('a slow stream that is one event behind settles what quick ones blur', () => {
  const settled = settleKinds([...BLURRED, SLOW], [lockstep(0), lockstep(1)]);
  expect(kinds(settled)).toEqual(['one-behind', 'one-behind', 'one-behind', null, 'one-behind']);
});

it('a block size that was found stays, and so does an answer that is kept to its end', () => {
  const blocks = variantWith({ ...held('until-full'), blockBytes: 4_096 });
  const whole = variantWith(held('until-close'));
  expect(kinds(settleKinds([blocks, whole, SLOW], [lockstep(1)]))).toEqual([
    'until-full',
    'until-close',
    'one-behind',
  ]);
});

it('nothing is settled where no event was kept in lockstep, or no stream is one behind', () => {
  expect(kinds(settleKinds([...BLURRED, SLOW], [lockstep(0), lockstep(null)]))).toEqual(
    kinds([...BLURRED, SLOW]),
  );
  expect(kinds(settleKinds(BLURRED, [lockstep(1)]))).toEqual(kinds(BLURRED));
});
