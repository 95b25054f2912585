import { median } from '../../statistics.ts';
import { type HoldKind, type HopFacts, type ReportHold, VERDICTS } from '../../types.ts';
import { classifyHold, held } from '../classify.ts';
import type { Lab, Trial } from './lab.ts';
import { type LockstepTrial, runLockstep } from './lockstep.ts';
import { CONTROL, LOCKSTEPS, longPlan, QUIET, SIZE_VARIANTS, type StreamPlan } from './plans.ts';

/** Factors, sets of them and the buffer, about: what comes behind the controls where something is wrong. */
const HELD_REST_MS = 14_000;
const PATIENCE_MS = 1_500;
const MORE_PATIENCE_MS = 3_000;
/** A hop that is late with each event is so by this many times what a short answer takes, at least. */
const OTHERS_TIMES = 3;
/** Stamps show the lateness that lockstep found, or a good part of it where several events share one wait. */
const STAMPS_SHARE = 0.3;

/** The control or one of its variants, measured as often as it took to be sure. */
export interface Variant {
  plan: StreamPlan;
  /** The trial that stands for it. */
  trial: Trial;
  /** What the hop does to it, lockstep taken into account. */
  facts: HopFacts;
  lockstep: LockstepTrial | null;
  /** Something is wrong with it. What could not be judged is not known to fail. */
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
  // Something is wrong: that takes more to find out about.
  lab.foresee(HELD_REST_MS);
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
  const from = lab.path().length;
  // Short exchanges at the same time: what makes them late as well is no hop that holds.
  const [second] = await Promise.all([
    runLockstep(lab, plan, { patienceMs: MORE_PATIENCE_MS, awaitHead }),
    lab.measurePath(),
  ]);
  const meanwhile = lab
    .path()
    .slice(from)
    .map(({ sentAtMs, receivedAtMs }) => receivedAtMs - sentAtMs);
  const lateMs = Math.min(first.facts.lateMs ?? 0, second.facts.lateMs ?? 0);
  const isOwn = meanwhile.length > 0 && lateMs > OTHERS_TIMES * median(meanwhile);
  return {
    ...second,
    stalled: first.stalled && second.stalled,
    late: first.late && second.late && isOwn,
  };
}

function toVariant(trial: Trial, lockstep: LockstepTrial | null, headStalled: boolean): Variant {
  const { facts } = trial;
  const shown = facts.verdict === 'streaming' ? shownByLockstep(facts, lockstep, headStalled) : null;
  const judged: HopFacts =
    shown === null ? facts : { ...facts, verdict: 'held', hold: shown, holdConfidence: 'proven' };
  const failing = judged.verdict !== 'streaming' && judged.verdict !== 'inconclusive';
  return { plan: trial.plan, trial, facts: judged, lockstep, failing };
}

/**
 * One kind for what is one hold: a slow stream shows that each event waits for the next one, and a quick one through the same hop
 * blurs that where a timer or packets come on top. Not where a block size was found, which no such wait has.
 */
export function settleKinds(variants: readonly Variant[], locksteps: readonly LockstepTrial[]): Variant[] {
  const stalled = locksteps.some((step) => step.stalled && step.facts.stalledAt !== 0);
  const isOneBehind = stalled && variants.some(({ facts }) => facts.hold?.kind === 'one-behind');
  return variants.map((variant) => {
    const { hold } = variant.facts;
    if (!isOneBehind || hold === null || !isBlurred(hold)) return variant;
    return { ...variant, facts: { ...variant.facts, hold: held('one-behind') } };
  });
}

function isBlurred({ kind, blockBytes }: ReportHold): boolean {
  return (
    kind === 'for-time' ||
    kind === 'constant' ||
    kind === 'unknown' ||
    (kind === 'until-full' && blockBytes === null)
  );
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
  if (lockstep?.late && agreesWithStamps(facts, lockstep))
    return { ...held('constant'), periodMs: lockstep.facts.lateMs };
  return headStalled ? held('head-only') : null;
}

/** By the stamps of the other stream, which was not paced by acknowledgements. */
function agreesWithStamps({ holds, clockErrorMs }: HopFacts, { facts }: LockstepTrial): boolean {
  const usual = median(holds.map(({ holdMs }) => holdMs)) - (clockErrorMs ?? 0);
  return usual >= (facts.lateMs ?? 0) * STAMPS_SHARE;
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

/**
 * The variant that the report shows: the worst verdict's, of held ones the worst kind's, the control before its variants.
 * One that could not be judged says nothing where most others were.
 */
export function worstVariant(all: readonly Variant[]): Variant | null {
  const known = all.filter(({ facts }) => facts.verdict !== 'inconclusive');
  const variants = known.length > all.length / 2 ? known : all;
  const rank = ({ facts }: Variant): number =>
    VERDICTS.indexOf(facts.verdict) * KINDS.length +
    (facts.hold === null ? 0 : KINDS.indexOf(facts.hold.kind));
  return [...variants].sort((a, b) => rank(a) - rank(b))[0] ?? null;
}
