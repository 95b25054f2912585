import { type HoldKind, type HopFacts, type ReportHold, VERDICTS } from '../../types.ts';
import { classifyHold, held } from '../classify.ts';
import type { Lab, Trial } from './lab.ts';
import { type LockstepTrial, runLockstep } from './lockstep.ts';
import { CONTROL, LOCKSTEPS, longPlan, QUIET, SIZE_VARIANTS, type StreamPlan } from './plans.ts';

const PATIENCE_MS = 1_500;
const MORE_PATIENCE_MS = 3_000;

/** The control or one of its variants, measured as often as it took to be sure. */
export interface Variant {
  plan: StreamPlan;
  /** The trial that stands for it. */
  trial: Trial;
  /** What the hop does to it, lockstep taken into account. */
  facts: HopFacts;
  lockstep: LockstepTrial | null;
  failing: boolean;
}

/** What was found without any change by the sender. */
export interface Controls {
  variants: Variant[];
  locksteps: LockstepTrial[];
  /** The response head was kept for the first event, in lockstep. */
  headStalled: boolean;
  /** How often a stream came to another verdict when it was repeated. */
  unsteady: number;
}

/** Watches the control and its variants, twice where something is wrong with one, and a third time to decide. */
export async function runControls(lab: Lab): Promise<Controls> {
  const plans = [CONTROL, ...SIZE_VARIANTS, QUIET];
  let unsteady = 0;
  const watched = plans.map(async (plan): Promise<Trial> => {
    const all = await watchUntilSure(lab, plan);
    if (new Set(all.map(({ facts }) => facts.verdict)).size > 1) unsteady += 1;
    return majority(all);
  });
  const stepped = LOCKSTEPS.map((plan) => runSureLockstep(lab, planOf(plans, plan.stream), false));
  const [trials, locksteps, head] = await Promise.all([
    Promise.all(watched),
    Promise.all(stepped),
    runSureLockstep(lab, CONTROL, true),
  ]);
  const headStalled = isHeadStalled(head);
  const variants = trials.map((trial) => {
    const own = locksteps.find(({ facts }) => facts.stream === trial.plan.stream) ?? null;
    return toVariant(trial, own, trial.plan === CONTROL && headStalled);
  });
  return { variants, locksteps: [head, ...locksteps], headStalled, unsteady };
}

/** Watches one stream for the whole duration; again where it fares worse than the short ones did. */
export async function runLong(lab: Lab, durationMs: number): Promise<Variant> {
  const plan = longPlan(durationMs);
  const first = await lab.watch(plan);
  const broken = first.facts.verdict !== 'streaming' && first.facts.verdict !== 'held';
  const trials: [Trial, ...Trial[]] = broken ? [first, await lab.watch(plan)] : [first];
  return toVariant(majority(trials), null, false);
}

/** Only event 0, the head itself: one that waits for more than the first event is another matter. */
export function isHeadStalled(step: LockstepTrial | null): boolean {
  return step?.stalled === true && step.facts.stalledAt === 0;
}

function planOf(plans: StreamPlan[], stream: string): StreamPlan {
  return plans.find((plan) => plan.stream === stream) ?? CONTROL;
}

async function watchUntilSure(lab: Lab, plan: StreamPlan): Promise<[Trial, ...Trial[]]> {
  const first = await lab.watch(plan);
  const { verdict } = first.facts;
  if (verdict === 'streaming' || lab.signal.aborted) return [first];
  const again = `${plan.stream} again`;
  const second = await lab.watch(plan, { doing: again });
  if (second.facts.verdict === verdict && verdict !== 'inconclusive') return [first, second];
  return [first, second, await lab.watch(plan, { doing: again })];
}

/** The verdict that most trials came to, the latest of them; of all different, the one that knows most: not `inconclusive`. */
export function majority(trials: [Trial, ...Trial[]]): Trial {
  const votes = (trial: Trial): number =>
    trials.filter((other) => other.facts.verdict === trial.facts.verdict).length;
  const known = (trial: Trial): number => (trial.facts.verdict === 'inconclusive' ? 0 : 1);
  const calm = (trial: Trial): number => (trial.facts.verdict === 'streaming' ? 1 : 0);
  const ranked = [...trials]
    .reverse()
    .sort((a, b) => votes(b) - votes(a) || known(b) - known(a) || calm(b) - calm(a));
  return ranked[0] ?? trials[0];
}

/** A lockstep that is held is run again with more patience before it counts. */
async function runSureLockstep(lab: Lab, plan: StreamPlan, awaitHead: boolean): Promise<LockstepTrial> {
  const first = await runLockstep(lab, plan, { patienceMs: PATIENCE_MS, awaitHead });
  if ((!first.stalled && !first.late) || lab.signal.aborted) return first;
  if (first.late) await lab.measurePath();
  const second = await runLockstep(lab, plan, { patienceMs: MORE_PATIENCE_MS, awaitHead });
  return {
    ...second,
    stalled: first.stalled && second.stalled,
    late: first.late && second.late,
  };
}

function toVariant(trial: Trial, lockstep: LockstepTrial | null, headStalled: boolean): Variant {
  const { facts } = trial;
  const shown = facts.verdict === 'streaming' ? shownByLockstep(facts, lockstep, headStalled) : null;
  const judged: HopFacts =
    shown === null ? facts : { ...facts, verdict: 'held', hold: shown, holdConfidence: 'proven' };
  return { plan: trial.plan, trial, facts: judged, lockstep, failing: judged.verdict !== 'streaming' };
}

/** A hold too short for the threshold that lockstep proves all the same. */
export function shownByLockstep(
  facts: HopFacts,
  lockstep: LockstepTrial | null,
  headStalled: boolean,
): ReportHold | null {
  if (lockstep?.stalled) {
    const { hold } = classifyHold(facts, {
      basis: facts.holdBasis,
      holds: facts.holds,
      clockErrorMs: facts.clockErrorMs,
      headHoldMs: facts.headHoldMs,
      constantMs: facts.constantMs,
    });
    // Each event waited for the next one, or it would have come in lockstep too.
    return hold.kind === 'constant' || hold.kind === 'unknown' ? held('one-behind') : hold;
  }
  if (lockstep?.late) return { ...held('constant'), periodMs: lockstep.facts.lateMs };
  return headStalled ? held('head-only') : null;
}

/** Worst first: what keeps most, for longest. */
const KINDS: readonly HoldKind[] = [
  'until-close',
  'until-full',
  'for-time',
  'one-behind',
  'initial',
  'constant',
  'unknown',
  'head-only',
];

/** The variant that the report shows: the worst verdict's, of held ones the worst kind's, the control before its variants. */
export function worstVariant(variants: readonly Variant[]): Variant | null {
  const rank = ({ facts }: Variant): number =>
    VERDICTS.indexOf(facts.verdict) * KINDS.length +
    (facts.hold === null ? 0 : KINDS.indexOf(facts.hold.kind));
  return [...variants].sort((a, b) => rank(a) - rank(b))[0] ?? null;
}
