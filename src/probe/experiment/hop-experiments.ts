import type { ExperimentFacts, Factor, HopFacts, ReportExperiment } from '../../types.ts';
import { measureAbort } from './abort.ts';
import { measureBuffer } from './buffer-size.ts';
import { toExperiment } from './effects.ts';
import { type FactorResults, runFactors } from './factors.ts';
import { type EditsFound, findHeaderEdits } from './header-edits.ts';
import { eventsOfLag, measuredHold } from './hop-facts.ts';
import { measureIdle } from './idle.ts';
import type { Lab, Trial } from './lab.ts';
import { CONTROL, QUIET, SIZE_VARIANTS, type StreamPlan } from './plans.ts';
import { checkLastEventId, measureRequestBody } from './request-way.ts';
import { measureSecondReader } from './second-reader.ts';
import { type Controls, runControls, runLong, settleKinds, type Variant, worstVariant } from './variants.ts';

/** All that was found out about one hop. */
export interface HopResult {
  /** Facts of the worst of the control and its variants; products and chain are added by whoever knows the other hops. */
  facts: HopFacts;
  /** The plain control, whatever became of it. */
  control: Trial;
  edits: EditsFound | null;
  /** False where nothing of an unclog origin answered: then nothing but the control was tried. */
  isOrigin: boolean;
  warnings: string[];
}

export interface HopOptions {
  durationMs: number;
  idleMs: number | null;
}

/** The factors, about: what comes behind the controls where nothing is wrong. */
const CALM_REST_MS = 4_000;
/** Sets of changes and the buffer, about: what comes behind the factors where something is wrong. */
const FIX_MS = 8_000;

/** Makes every experiment on one hop. */
export async function experimentOn(lab: Lab, options: HopOptions): Promise<HopResult> {
  await lab.measurePath();
  if (lab.path().every(({ originEpochMs }) => originEpochMs === null)) return notAnOrigin(lab);
  lab.foresee(CALM_REST_MS);
  // In the order in which slots are taken: what decides how it goes on comes first.
  const lasting = runLong(lab, options.durationMs);
  const controls = runControls(lab);
  const beside = measureBeside(lab, options);
  const found = await controls;
  lab.foresee(found.variants.some(({ failing }) => failing) ? FIX_MS : 0);
  const [varied, buffer, measured, long] = await Promise.all([
    runFactors(lab, found),
    found.variants.some(isHeldByBytes) ? measureBuffer(lab) : null,
    beside,
    lasting,
  ]);
  // Only the long stream fares badly: its age is what it differs in.
  const factors =
    long.failing && !found.variants.some(({ failing }) => failing)
      ? await runFactors(lab, { variants: [long], headStalled: false })
      : varied;
  const all = { ...found, variants: settleKinds([...found.variants, long], found.locksteps) };
  return assemble(lab, all, factors, { ...measured, buffer });
}

async function notAnOrigin(lab: Lab): Promise<HopResult> {
  const control = await lab.watch(CONTROL);
  const warning = `${lab.hop}: no unclog origin answers behind this address, so nothing was tried; experiments need "unclog origin" (or "unclog gateway --check") behind it`;
  return { facts: control.facts, control, edits: null, isOrigin: false, warnings: [warning] };
}

type Beside = Pick<ExperimentFacts, 'abort' | 'requestBody' | 'lastEventId' | 'cache' | 'idle'> & {
  found: EditsFound;
};

/** What does not depend on whether the stream flows. */
async function measureBeside(lab: Lab, { idleMs }: HopOptions): Promise<Beside> {
  const [found, lastEventId, requestBody, cache, abort, idle] = await Promise.all([
    findHeaderEdits(lab),
    checkLastEventId(lab),
    measureRequestBody(lab),
    measureSecondReader(lab),
    measureAbort(lab),
    idleMs === null ? null : measureIdle(lab, idleMs),
  ]);
  return { found, lastEventId, requestBody, cache, abort, idle };
}

function isHeldByBytes({ facts }: Variant): boolean {
  return facts.hold !== null && ['until-close', 'until-full', 'initial', 'unknown'].includes(facts.hold.kind);
}

function assemble(
  lab: Lab,
  controls: Controls,
  factors: FactorResults,
  { found, ...measured }: Beside & Pick<ExperimentFacts, 'buffer'>,
): HopResult {
  const worst = worstVariant(controls.variants);
  const control = controls.variants.find(({ plan }) => plan === CONTROL);
  if (worst === null || control === undefined) throw new Error('experimentOn: the control is missing');
  const experiments: ExperimentFacts = {
    outcomes: [...variantOutcomes(lab, controls, control), ...factors.outcomes],
    minimalFix: factors.minimalFix,
    leftHold: factors.leftHold ?? null,
    lockstep: controls.locksteps.map(({ facts }) => facts),
    eventsOfLag: eventsOfLag(worst.facts),
    ...measured,
    edits: found.edits,
    strippedOptOuts: found.strippedOptOuts,
  };
  const { facts } = worst;
  return {
    facts: {
      ...facts,
      hold: measuredHold(facts.hold, experiments),
      holdConfidence: facts.hold === null ? null : 'proven',
      experiments,
    },
    control: control.trial,
    edits: found,
    isOrigin: true,
    warnings: unsteadyWarnings(lab, controls, factors),
  };
}

/** Variants of the control as experiments: what event size, pauses and lockstep show. */
function variantOutcomes(lab: Lab, controls: Controls, control: Variant): ReportExperiment[] {
  const { variants, locksteps } = controls;
  const bySize = variants.map(({ plan, facts, trial }) => {
    const varied = { factor: variantFactor(plan), value: plan.stream, stream: plan.stream };
    // By the clock on both sides: not every variant is tried in lockstep.
    const { effect, ...rest } = toExperiment(lab.hop, varied, control.trial.facts, trial.facts);
    return { ...rest, verdict: facts.verdict, effect };
  });
  const stepped = locksteps.map(({ facts, stalled, late, trial }): ReportExperiment => {
    const flows = !stalled && !late;
    return {
      hop: lab.hop,
      factor: 'lockstep',
      value: facts.stalledAt === null ? 'every event' : `stalled at ${facts.stalledAt}`,
      verdict: flows ? 'streaming' : 'held',
      holdMs: null,
      effect: flows || control.failing ? 'none' : 'worsens',
      stream: trial.plan.stream === facts.stream ? facts.stream : `${trial.plan.stream}, head`,
    };
  });
  return [...bySize, ...stepped];
}

function variantFactor(plan: StreamPlan): Factor {
  if (plan === QUIET) return 'quiet';
  return plan === CONTROL || SIZE_VARIANTS.includes(plan) ? 'event-size' : 'duration';
}

function unsteadyWarnings(
  { hop }: Lab,
  { unsteady, variants }: Controls,
  { warnings }: FactorResults,
): string[] {
  const unknown = variants.filter(({ facts }) => facts.verdict === 'inconclusive').length;
  return [
    ...(unsteady === 0
      ? []
      : [`${hop}: ${unsteady} of the streams came to another verdict when they were repeated`]),
    ...(unknown === 0
      ? []
      : [`${hop}: ${unknown} of the streams could not be judged, this machine was busy`]),
    ...warnings,
  ];
}
