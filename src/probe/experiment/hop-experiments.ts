import type { ExperimentFacts, HopFacts, ReportExperiment } from '../../types.ts';
import { measureAbort } from './abort.ts';
import { measureBuffer } from './buffer-size.ts';
import { toExperiment } from './effects.ts';
import { type FactorResults, runFactors } from './factors.ts';
import { type EditsFound, findHeaderEdits } from './header-edits.ts';
import { eventsOfLag, measuredHold } from './hop-facts.ts';
import { measureIdle } from './idle.ts';
import type { Lab, Trial } from './lab.ts';
import { CONTROL } from './plans.ts';
import { checkLastEventId, measureRequestBody } from './request-way.ts';
import { measureSecondReader } from './second-reader.ts';
import { type Controls, runControls, type Variant, worstVariant } from './variants.ts';

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

/** Makes every experiment on one hop. */
export async function experimentOn(lab: Lab, options: HopOptions): Promise<HopResult> {
  await lab.measurePath();
  if (lab.path().every(({ originEpochMs }) => originEpochMs === null)) return notAnOrigin(lab);
  const controls = runControls(lab, options.durationMs);
  const beside = measureBeside(lab, options);
  const found = await controls;
  const [factors, buffer, measured] = await Promise.all([
    runFactors(lab, found),
    found.variants.some(isHeldByBytes) ? measureBuffer(lab) : null,
    beside,
  ]);
  return assemble(lab, found, factors, { ...measured, buffer });
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
  const bySize = variants.map(({ plan, facts }) => {
    const factor = plan.query.quiet !== undefined ? 'quiet' : plan.query.size === '40' ? 'duration' : 'event-size';
    const varied = { factor, value: plan.stream, stream: plan.stream } as const;
    return toExperiment(lab.hop, varied, control.facts, facts);
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

function unsteadyWarnings(lab: Lab, { unsteady }: Controls, factors: FactorResults): string[] {
  return [
    ...(unsteady === 0
      ? []
      : [`${lab.hop}: ${unsteady} of the streams changed their verdict when they were repeated`]),
    ...(factors.unsteady
      ? [`${lab.hop}: without the change that cured it the stream flowed as well the last time: the cure is not certain`]
      : []),
  ];
}
