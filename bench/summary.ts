import { type FigureKind, figureKinds } from './figures.ts';
import type { Figures, Results, Sample, ScenarioInfo, TargetInfo } from './results.ts';
import type { ScenarioId } from './scenarios.ts';

/** Median, smallest and largest over the rounds, and each round's value (null where it has none). */
export interface Spread {
  median: number;
  min: number;
  max: number;
  rounds: (number | null)[];
}

export interface Row {
  target: TargetInfo;
  /** By figure id; null where no round has a value. */
  figures: Map<string, Spread | null>;
  /** What limits trust in the row, or went wrong. */
  notes: string[];
}

export interface ScenarioSummary {
  scenario: ScenarioInfo;
  kinds: FigureKind[];
  rows: Row[];
}

/** From this share of a core on the load generator is what was measured. */
const GENERATOR_BUSY = 0.95;
/** Direct has to be faster than a proxy by this factor for the proxy to have been the bottleneck. */
const CLEARLY_FASTER = 1.15;

/** One summary for each scenario that ran. */
export function summarise(results: Results): ScenarioSummary[] {
  return results.scenarios.map((scenario) => {
    const samples = results.samples.filter((sample) => sample.scenario === scenario.id);
    const kinds = figureKinds(scenario.id, idleLevelsIn(samples));
    const rows = results.targets
      .map((target) => summariseTarget(target, kinds, samples))
      .filter((row) => row !== null);
    return { scenario, kinds, rows };
  });
}

/** Median over the rounds of (a's value ÷ b's value in the same round), the figure that noise harms least. */
export function ratio(
  summary: ScenarioSummary | undefined,
  figure: string,
  a: string,
  b: string | null,
): number | null {
  const [top, bottom] = [a, b].map(
    (id) => summary?.rows.find((row) => row.target.id === id)?.figures.get(figure)?.rounds,
  );
  if (top === undefined || bottom === undefined) return null;
  const ratios = top.flatMap((value, i) => {
    const other = bottom[i];
    return value === null || other === null || other === undefined || other <= 0 ? [] : [value / other];
  });
  return ratios.length === 0 ? null : medianOf(ratios);
}

/** Id of the Node library with the best median, or null. */
export function bestLibrary(summary: ScenarioSummary | undefined, figure: string): string | null {
  const kind = summary?.kinds.find(({ id }) => id === figure);
  if (summary === undefined || kind === undefined) return null;
  const sign = kind.better === 'lower' ? 1 : -1;
  const ranked = summary.rows
    .filter((row) => row.target.kind === 'library')
    .flatMap((row) => {
      const median = row.figures.get(figure)?.median;
      return median === undefined ? [] : [{ id: row.target.id, key: sign * median }];
    })
    .sort((a, b) => a.key - b.key);
  return ranked[0]?.id ?? null;
}

function summariseTarget(target: TargetInfo, kinds: FigureKind[], samples: Sample[]): Row | null {
  const own = samples.filter((sample) => sample.target === target.id);
  if (own.length === 0) return null;
  const direct = new Map(
    samples.filter(({ target: id }) => id === 'direct').map(({ round, figures }) => [round, figures]),
  );
  const figures = new Map<string, Spread | null>();
  for (const kind of kinds) {
    const rounds = own.map((sample) =>
      sample.figures === null ? null : kind.read(sample.figures, direct.get(sample.round) ?? null),
    );
    figures.set(kind.id, spread(rounds));
  }
  return { target, figures, notes: notesOn(target, own, direct) };
}

function notesOn(target: TargetInfo, own: Sample[], direct: Map<number, Figures | null>): string[] {
  const notes = new Set<string>();
  for (const { figures, error, round } of own) {
    if (error !== null) notes.add(`round ${round + 1} failed: ${error}`);
    if (figures === null) continue;
    if (!figures.intact) notes.add(`NOT INTACT: ${damageOf(figures)}`);
    if (figures.stalled === false) notes.add('no backpressure: took everything');
    if (figures.descriptorLimitHit) notes.add('ran out of file descriptors');
    if (target.kind !== 'direct' && isGeneratorBound(figures, direct.get(round) ?? null))
      notes.add('load generator at its limit: rates and times are bounds');
  }
  return [...notes];
}

function damageOf({ lost, repeated, damaged, earlyCloses }: Figures): string {
  const parts = { lost, repeated, damaged, 'closed early': earlyCloses };
  return Object.entries(parts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function isGeneratorBound(figures: Figures, direct: Figures | null): boolean {
  if (number(figures.generatorUtilisation) >= GENERATOR_BUSY) return true;
  for (const name of ['eventsPerSecond', 'streamsPerSecond']) {
    if (figures[name] === undefined || direct === null) continue;
    if (number(direct[name]) < CLEARLY_FASTER * number(figures[name])) return true;
  }
  return false;
}

function idleLevelsIn(samples: Sample[]): number[] {
  return samples.find(({ figures }) => figures?.levels)?.figures?.levels?.map(({ streams }) => streams) ?? [];
}

function spread(rounds: (number | null)[]): Spread | null {
  const values = rounds.filter((value) => value !== null);
  if (values.length === 0) return null;
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values), rounds };
}

function medianOf(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** The summary of one scenario, where it ran. */
export function summaryOf(
  summaries: readonly ScenarioSummary[],
  id: ScenarioId,
): ScenarioSummary | undefined {
  return summaries.find(({ scenario }) => scenario.id === id);
}
