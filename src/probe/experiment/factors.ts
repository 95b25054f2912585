import { percentiles } from '../../statistics.ts';
import {
  type HopFacts,
  type MinimalFix,
  type Percentiles,
  type ReportExperiment,
  type ReportHold,
  SENDER_FACTORS,
  type SenderFactor,
} from '../../types.ts';
import { judgedHold } from '../judge.ts';
import { effectOf, toExperiment } from './effects.ts';
import type { Lab, WatchOptions } from './lab.ts';
import { type LockstepTrial, runLockstep } from './lockstep.ts';
import { type FoundSet, findMinimalSet } from './minimal-fix.ts';
import {
  CONTROL,
  clientChanges,
  isSpoken,
  SHORT,
  type StreamPlan,
  senderValue,
  withChanges,
} from './plans.ts';
import { isHeadStalled, shownByLockstep, type Variant, worstVariant } from './variants.ts';

const PATIENCE_MS = 1_500;
/** A hold of less than this share is not the one of before: perhaps a busy moment. */
const AS_BEFORE_SHARE = 0.6;
const MOST_LOOKS = 3;
/** A look at the stream without what cured it, about. */
const AGAIN_MS = 3_000;
/** From the start of the run: a set that works is taken as it is then, so that the whole stays under a minute. */
const LATE_MS = 40_000;

/** What varying one factor after the other came to. */
export interface FactorResults {
  outcomes: ReportExperiment[];
  minimalFix: MinimalFix | null;
  /** Where nothing cures: what is left with the change that helps most; null: nothing helps. */
  leftHold?: ReportHold | null;
  warnings: string[];
}

/** What the factors are varied on. */
export interface FactorInput {
  variants: readonly Variant[];
  headStalled: boolean;
}

/** Varies one factor at a time on the stream that fares worst, and looks for the smallest set that cures all. */
export async function runFactors(lab: Lab, input: FactorInput): Promise<FactorResults> {
  const failing = input.variants.filter((variant) => variant.failing);
  const base = worstVariant(failing) ?? input.variants[0];
  if (base === undefined) throw new Error('runFactors: there is no stream to vary');
  const bench = createBench(lab, input.headStalled);
  const [singles, byClient] = await Promise.all([trySenders(bench, base), tryClients(bench, base)]);
  const outcomes = [...singles, ...byClient];
  if (failing.length === 0) {
    const isKnown = base.facts.verdict === 'streaming';
    return { outcomes, minimalFix: isKnown ? { ...emptyFix(lab.hop), needed: false } : null, warnings: [] };
  }
  return { outcomes, ...(await findFix(bench, base, failing)) };
}

interface Bench {
  lab: Lab;
  headStalled: boolean;
  /** The stream of a variant with these changes; each set is tried once, and again where that leaves a doubt. */
  tried(variant: Variant, set: readonly SenderFactor[]): Promise<HopFacts>;
  /** Lets what came of a set be found out once more. */
  forget(set: readonly SenderFactor[]): void;
}

function createBench(lab: Lab, headStalled: boolean): Bench {
  const known = new Map<string, Map<StreamPlan, Promise<HopFacts>>>();
  const bench: Bench = {
    lab,
    headStalled,
    tried(variant, set) {
      const name = set.join(' + ');
      const byPlan = known.get(name) ?? new Map<StreamPlan, Promise<HopFacts>>();
      known.set(name, byPlan);
      const facts =
        byPlan.get(variant.plan) ??
        trySurely(bench, variant, withChanges(variant.plan, set), { doing: name });
      byPlan.set(variant.plan, facts);
      return facts;
    },
    forget: (set) => void known.delete(set.join(' + ')),
  };
  return bench;
}

function emptyFix(hop: string): MinimalFix {
  return {
    ...{ hop, needed: true, senderSide: [], hopMustChange: false },
    ...{ before: null, after: null, hopChange: null },
  };
}

function trySenders(bench: Bench, base: Variant): Promise<ReportExperiment[]> {
  return Promise.all(
    SENDER_FACTORS.map(async (factor) => {
      const facts = await bench.tried(base, [factor]);
      const varied = { factor, value: senderValue(factor), stream: base.plan.stream };
      return toExperiment(bench.lab.hop, varied, base.facts, facts);
    }),
  );
}

async function tryClients(bench: Bench, base: Variant): Promise<ReportExperiment[]> {
  const { hop, isTls, httpVersion: asked } = bench.lab;
  const answered = base.facts.observation.response?.httpVersion ?? null;
  const tries = clientChanges({ isTls, asked, answered }).map(async ({ factor, value, change }) => {
    const doing = `${factor} ${value}`;
    // A version that the hop does not speak says nothing about the stream.
    if (factor === 'http-version' && !(await speaks(bench.lab, value, change(SHORT)))) return [];
    const facts = await trySurely(bench, base, change(base.plan), { doing });
    return [toExperiment(hop, { factor, value, stream: base.plan.stream }, base.facts, facts)];
  });
  return (await Promise.all(tries)).flat();
}

/** Asks for a stream of one event, in time for no more than a hop that keeps it to its end. */
async function speaks(lab: Lab, version: string, plan: StreamPlan): Promise<boolean> {
  const { observation } = await lab.watch(plan, {
    doing: `whether HTTP ${version} is spoken`,
    graceMs: 2_000,
  });
  return isSpoken(version, observation.response);
}

/**
 * With further looks where the first leaves a doubt. What keeps a stream back does so each time: one that flows once has
 * been let go, and what neither flows nor fares as before was disturbed by something else.
 */
async function trySurely(
  bench: Bench,
  variant: Variant,
  plan: StreamPlan,
  options: WatchOptions,
): Promise<HopFacts> {
  let facts = await tryOn(bench, variant, plan, options);
  for (let left = MOST_LOOKS - 1; left > 0 && isDoubtful(variant.facts, facts); left -= 1) {
    if (bench.lab.signal.aborted) break;
    facts = await tryOn(bench, variant, plan, options);
  }
  return facts;
}

function isDoubtful(base: HopFacts, changed: HopFacts): boolean {
  if (changed.verdict === 'streaming') return false;
  if (changed.verdict !== base.verdict || changed.verdict === 'inconclusive') return true;
  if (changed.verdict !== 'held' || changed.hold?.kind === 'head-only') return false;
  return judgedHold(changed.holds) < judgedHold(base.holds) * AS_BEFORE_SHARE;
}

/** The changed stream; in lockstep too, where that is what showed the hold. */
async function tryOn(
  { lab, headStalled }: Bench,
  variant: Variant,
  plan: StreamPlan,
  options: WatchOptions,
): Promise<HopFacts> {
  const step = variant.lockstep;
  const steps = step !== null && (step.stalled || step.late);
  const stepsHead = headStalled && variant.plan === CONTROL;
  const [trial, own, head] = await Promise.all([
    lab.watch(plan, options),
    steps ? runLockstep(lab, plan, { patienceMs: PATIENCE_MS, changed: options.doing }) : null,
    stepsHead
      ? runLockstep(lab, plan, { patienceMs: PATIENCE_MS, awaitHead: true, changed: options.doing })
      : null,
  ]);
  if (trial.facts.verdict !== 'streaming') return trial.facts;
  const hold = shownByLockstep(trial.facts, own && asLateAs(step, own), isHeadStalled(head));
  return hold === null ? trial.facts : { ...trial.facts, verdict: 'held', hold, holdConfidence: 'proven' };
}

/** Lateness in lockstep counts beside what the unchanged stream showed: a busy machine is a little late with everything. */
function asLateAs(base: LockstepTrial | null, changed: LockstepTrial): LockstepTrial {
  const before = base?.late === true ? (base.facts.lateMs ?? 0) : Number.POSITIVE_INFINITY;
  return { ...changed, late: changed.late && (changed.facts.lateMs ?? 0) > before * AS_BEFORE_SHARE };
}

/** One variant of each kind of trouble, the worst first: what cures these most likely cures the others. */
function representatives(base: Variant, failing: readonly Variant[]): Variant[] {
  const kindOf = ({ facts }: Variant): string => `${facts.verdict} ${facts.hold?.kind ?? ''}`;
  const found = new Map([[kindOf(base), base]]);
  for (const variant of failing) if (!found.has(kindOf(variant))) found.set(kindOf(variant), variant);
  return [...found.values()];
}

async function findFix(
  bench: Bench,
  base: Variant,
  failing: readonly Variant[],
): Promise<Omit<FactorResults, 'outcomes'>> {
  const { lab } = bench;
  const first = representatives(base, failing);
  const others = failing.filter((variant) => !first.includes(variant));
  const works = async (variants: readonly Variant[], set: readonly SenderFactor[]): Promise<boolean> => {
    if (lab.signal.aborted) return false;
    const all = await Promise.all(variants.map((variant) => bench.tried(variant, set)));
    return all.every(({ verdict }) => verdict === 'streaming');
  };
  lab.foresee(AGAIN_MS);
  const found = await findMinimalSet({
    worst: (set) => works([base], set),
    // The worst stream alone decides most sets, and quickly.
    quick: async (set) => (await works([base], set)) && works(first, set),
    rest: (set) => works(others, set),
    again: (set) => {
      bench.forget(set);
      return works(failing, set);
    },
    isLate: () => lab.signal.aborted || lab.clock.nowMs() > LATE_MS,
  });
  lab.foresee(0);
  const fix = { ...emptyFix(lab.hop), before: percentilesOf(base.facts) };
  if (found === null) {
    const leftHold = await holdLeft(bench, base);
    return { minimalFix: { ...fix, hopMustChange: true }, leftHold, warnings: [] };
  }
  const after = percentilesOf(await bench.tried(base, found.set));
  const warnings = await doubts(lab, base, found);
  return { minimalFix: { ...fix, senderSide: found.set, after }, warnings };
}

/** Off, on, off again: what comes back without the change was due to it. */
async function doubts(lab: Lab, base: Variant, { set, isSmallest }: FoundSet): Promise<string[]> {
  const names = set.join(' + ');
  const again = await lab.watch(base.plan, { doing: `without ${names} again` });
  const cameBack = again.facts.verdict !== 'streaming' || base.trial.facts.verdict === 'streaming';
  return [
    ...(cameBack
      ? []
      : [`${lab.hop}: the last time the stream flowed without ${names}, too: the cure is not certain`]),
    ...(isSmallest ? [] : [`${lab.hop}: there was no time to find out whether less than ${names} is enough`]),
  ];
}

/** What a nearer hop holds may be cured, and shows what this one holds by itself. */
async function holdLeft(bench: Bench, base: Variant): Promise<ReportHold | null> {
  const tried = await Promise.all(SENDER_FACTORS.map((factor) => bench.tried(base, [factor])));
  const better = tried.filter((facts) => effectOf(base.facts, facts) === 'improves');
  const [best] = better.sort((a, b) => judgedHold(a.holds) - judgedHold(b.holds));
  return best?.hold ?? null;
}

function percentilesOf(facts: HopFacts): Percentiles | null {
  return percentiles(facts.holds.map(({ holdMs }) => Math.round(holdMs * 10) / 10));
}
