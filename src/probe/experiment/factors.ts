import { percentiles } from '../../statistics.ts';
import {
  type HopFacts,
  type MinimalFix,
  type Percentiles,
  type ReportExperiment,
  SENDER_FACTORS,
  type SenderFactor,
} from '../../types.ts';
import { judgedHold } from '../judge.ts';
import { toExperiment } from './effects.ts';
import type { Lab } from './lab.ts';
import { runLockstep } from './lockstep.ts';
import { findMinimalSet } from './minimal-fix.ts';
import { CLIENT_CHANGES, CONTROL, senderValue, withChanges } from './plans.ts';
import { type Controls, shownByLockstep, type Variant, worstVariant } from './variants.ts';

const PATIENCE_MS = 1_500;
/** A hold that shrank to less than this share was perhaps only a busy moment: worth a second look. */
const DOUBTFUL_SHARE = 0.25;

/** What varying one factor after the other came to. */
export interface FactorResults {
  outcomes: ReportExperiment[];
  minimalFix: MinimalFix;
  /** The hold did not come back when the cure was taken away again. */
  unsteady: boolean;
}

/** Varies one factor at a time on the stream that fares worst, and looks for the smallest set that cures all. */
export async function runFactors(lab: Lab, controls: Controls): Promise<FactorResults> {
  const failing = controls.variants.filter((variant) => variant.failing);
  const control = controls.variants.find(({ plan }) => plan === CONTROL);
  const base = failing.length > 0 ? worstVariant(failing) : control;
  if (base === undefined || base === null) throw new Error('runFactors: the control is missing');
  const head = controls.locksteps.find(({ facts }) => facts.stream.endsWith('head'));
  const bench: Bench = { lab, failing, headStalled: head?.stalled === true };
  const [bySender, byClient] = await Promise.all([trySenders(bench, base), tryClients(lab, base)]);
  const singles = new Map(bySender.map(({ factor, facts }) => [factor, facts]));
  const outcomes = [...bySender.map(({ experiment }) => experiment), ...byClient];
  if (failing.length === 0)
    return { outcomes, minimalFix: { ...noFix(lab.hop), needed: false }, unsteady: false };
  const found = await findFix(bench, base, singles);
  return { outcomes, ...found };
}

interface Bench {
  lab: Lab;
  failing: Variant[];
  headStalled: boolean;
}

function noFix(hop: string): MinimalFix {
  return {
    hop,
    needed: true,
    senderSide: [],
    hopMustChange: false,
    before: null,
    after: null,
    hopChange: null,
  };
}

interface SenderTrial {
  factor: SenderFactor;
  facts: HopFacts;
  experiment: ReportExperiment;
}

function trySenders(bench: Bench, base: Variant): Promise<SenderTrial[]> {
  return Promise.all(
    SENDER_FACTORS.map(async (factor) => {
      const facts = await trySurely(bench, base, [factor]);
      const varied = { factor, value: senderValue(factor), stream: base.plan.stream };
      return { factor, facts, experiment: toExperiment(bench.lab.hop, varied, base.facts, facts) };
    }),
  );
}

function tryClients(lab: Lab, base: Variant): Promise<ReportExperiment[]> {
  return Promise.all(
    CLIENT_CHANGES.map(async ({ factor, value, change }) => {
      const doing = `${factor} ${value}`;
      let { facts } = await lab.watch(change(base.plan), { doing });
      if (isDoubtful(base.facts, facts)) facts = (await lab.watch(change(base.plan), { doing })).facts;
      return toExperiment(lab.hop, { factor, value, stream: base.plan.stream }, base.facts, facts);
    }),
  );
}

/** With a second look where the first leaves a doubt. */
async function trySurely(bench: Bench, variant: Variant, set: readonly SenderFactor[]): Promise<HopFacts> {
  const first = await tryOn(bench, variant, set);
  return isDoubtful(variant.facts, first) ? tryOn(bench, variant, set) : first;
}

function isDoubtful(base: HopFacts, changed: HopFacts): boolean {
  if (changed.verdict === 'streaming') return false;
  if (changed.verdict === 'inconclusive' || base.verdict === 'streaming') return true;
  return base.verdict === 'held' && judgedHold(changed.holds) < judgedHold(base.holds) * DOUBTFUL_SHARE;
}

/** The stream with these changes; in lockstep too, where that is what showed the hold. */
async function tryOn(bench: Bench, variant: Variant, set: readonly SenderFactor[]): Promise<HopFacts> {
  const { lab, headStalled } = bench;
  const plan = withChanges(variant.plan, set);
  const doing = set.join(' + ');
  const step = variant.lockstep;
  const steps = step !== null && (step.stalled || step.late);
  const [trial, own, head] = await Promise.all([
    lab.watch(plan, { doing }),
    steps ? runLockstep(lab, plan, { patienceMs: PATIENCE_MS }) : null,
    headStalled && variant.plan === CONTROL
      ? runLockstep(lab, plan, { patienceMs: PATIENCE_MS, awaitHead: true })
      : null,
  ]);
  if (trial.facts.verdict !== 'streaming') return trial.facts;
  const hold = shownByLockstep(trial.facts, own, head?.stalled === true);
  return hold === null ? trial.facts : { ...trial.facts, verdict: 'held', hold, holdConfidence: 'proven' };
}

async function findFix(
  bench: Bench,
  base: Variant,
  singles: ReadonlyMap<SenderFactor, HopFacts>,
): Promise<Pick<FactorResults, 'minimalFix' | 'unsteady'>> {
  const { lab, failing } = bench;
  const after = new Map<string, HopFacts>();
  const others = failing.filter((variant) => variant !== base);
  const works = async (set: readonly SenderFactor[]): Promise<boolean> => {
    if (lab.signal.aborted) return false;
    const facts = await trySurely(bench, base, set);
    after.set(set.join(), facts);
    if (facts.verdict !== 'streaming') return false;
    const rest = await Promise.all(others.map((variant) => trySurely(bench, variant, set)));
    return rest.every(({ verdict }) => verdict === 'streaming');
  };
  const verified = new Map<SenderFactor, boolean>();
  for (const factor of SENDER_FACTORS) {
    if (singles.get(factor)?.verdict !== 'streaming') continue;
    verified.set(factor, await works([factor]));
    if (verified.get(factor) === true) break;
  }
  const set = await findMinimalSet(verified, works);
  const fix = { ...noFix(lab.hop), before: percentilesOf(base.facts) };
  if (set === null) return { minimalFix: { ...fix, hopMustChange: true }, unsteady: false };
  // Off, on, off again: what comes back without the change was due to it.
  const again = await lab.watch(base.plan, { doing: `without ${set.join(' + ')} again` });
  const cured = after.get(set.join()) ?? null;
  return {
    minimalFix: { ...fix, senderSide: set, after: cured === null ? null : percentilesOf(cured) },
    unsteady: again.facts.verdict === 'streaming' && base.trial.facts.verdict !== 'streaming',
  };
}

function percentilesOf(facts: HopFacts): Percentiles | null {
  return percentiles(facts.holds.map(({ holdMs }) => Math.round(holdMs * 10) / 10));
}
