import type { ScenarioId } from './scenarios.ts';
import { bestLibrary, ratio, type ScenarioSummary, summaryOf } from './summary.ts';

/** Something the gateway is meant to reach, and whether it did in this run. */
export interface Goal {
  text: string;
  limit: string;
  value: string;
  /** Null where this run cannot tell. */
  met: boolean | null;
}

interface Aim {
  scenario: ScenarioId;
  figure: string;
  text: string;
  /** What the figure is divided by; `absolute` = nothing. */
  against: 'nginx' | 'best library' | 'http-proxy' | 'unclog' | 'absolute';
  /** Whose figure it is; default `unclog`. */
  of?: 'unclog' | 'unclog-full';
  atMost?: number;
  atLeast?: number;
  unit?: string;
}

const SPARSE_AIMS = (['sparse-200', 'sparse-2000'] as const).flatMap((scenario): Aim[] => {
  const streams = scenario === 'sparse-200' ? '200 × 20/s' : '2,000 × 2/s';
  return [
    { scenario, figure: 'cpu', text: `CPU per event, ${streams}`, against: 'nginx', atMost: 1.2 },
    { scenario, figure: 'cpu', text: `CPU per event, ${streams}`, against: 'best library', atMost: 0.8 },
    { scenario, figure: 'addedP50', text: `added p50, ${streams}`, against: 'nginx', atMost: 1.1 },
    { scenario, figure: 'addedP99', text: `added p99, ${streams}`, against: 'nginx', atMost: 2.5 },
  ];
});

const AIMS: readonly Aim[] = [
  ...SPARSE_AIMS,
  {
    scenario: 'bulk-100',
    figure: 'perCpuSecond',
    text: 'bulk 100 B per CPU second',
    against: 'nginx',
    atLeast: 1.3,
  },
  {
    scenario: 'bulk-100',
    figure: 'perCpuSecond',
    text: 'bulk 100 B per CPU second',
    against: 'http-proxy',
    atLeast: 9,
  },
  {
    scenario: 'bulk-1000',
    figure: 'perCpuSecond',
    text: 'bulk 1 kB per CPU second',
    against: 'nginx',
    atLeast: 1.1,
  },
  {
    scenario: 'churn',
    figure: 'rate',
    text: 'churn, streams per second',
    against: 'best library',
    atLeast: 1.6,
  },
  {
    scenario: 'idle',
    figure: 'last level',
    text: 'RSS per idle stream',
    against: 'absolute',
    atMost: 14,
    unit: 'KB',
  },
  {
    scenario: 'abort-silent',
    figure: 'lastClose',
    text: 'leaving clients passed on, silent',
    against: 'absolute',
    atMost: 100,
    unit: 'ms',
  },
  {
    scenario: 'abort-active',
    figure: 'lastClose',
    text: 'leaving clients passed on, active',
    against: 'absolute',
    atMost: 100,
    unit: 'ms',
  },
  {
    scenario: 'stall',
    figure: 'held',
    text: 'held behind a stopped reader',
    against: 'absolute',
    atMost: 1_024,
    unit: 'KiB',
  },
  {
    scenario: 'stall',
    figure: 'rssGrowth',
    text: 'RSS behind a stopped reader',
    against: 'absolute',
    atMost: 10,
    unit: 'MB',
  },
];

/** With everything on, figures are to stay within a tenth of those without. */
const WITH_ALL_ON = { atMost: 1.1, atLeast: 0.9 } as const;

const ALL_ON_AIMS: readonly Aim[] = (
  [
    ['sparse-200', 'cpu', 'CPU per event, 200 × 20/s', 'atMost'],
    ['sparse-200', 'addedP50', 'added p50, 200 × 20/s', 'atMost'],
    ['sparse-2000', 'cpu', 'CPU per event, 2,000 × 2/s', 'atMost'],
    ['sparse-2000', 'addedP50', 'added p50, 2,000 × 2/s', 'atMost'],
    ['bulk-100', 'perCpuSecond', 'bulk 100 B per CPU second', 'atLeast'],
    ['bulk-1000', 'perCpuSecond', 'bulk 1 kB per CPU second', 'atLeast'],
    ['churn', 'rate', 'churn, streams per second', 'atLeast'],
    ['churn', 'cpu', 'churn, CPU per stream', 'atMost'],
    ['idle', 'last level', 'RSS per idle stream', 'atMost'],
    ['abort-silent', 'lastClose', 'leaving clients passed on, silent', 'atMost'],
    ['abort-active', 'lastClose', 'leaving clients passed on, active', 'atMost'],
  ] as const
).map(([scenario, figure, text, side]) => ({
  scenario,
  figure,
  text: `all on: ${text}`,
  against: 'unclog',
  of: 'unclog-full',
  [side]: WITH_ALL_ON[side],
}));

/** Does a figure with everything on, divided by the one without, reach its aim? Null where there is none. */
export function isWithinAllOn(summary: ScenarioSummary, figure: string, value: number): boolean | null {
  const aim = ALL_ON_AIMS.find(
    (each) => each.scenario === summary.scenario.id && figureOf(each, summary) === figure,
  );
  return aim === undefined ? null : reaches(aim, value);
}

/** The aims that this run's scenarios and targets speak of. */
export function judgeGoals(summaries: readonly ScenarioSummary[]): Goal[] {
  const isTold = ({ scenario, of = 'unclog' }: Aim): boolean =>
    summaryOf(summaries, scenario)?.rows.some(({ target }) => target.id === of) ?? false;
  return [...AIMS, ...ALL_ON_AIMS].filter(isTold).map((aim) => {
    const value = measuredValue(aim, summaryOf(summaries, aim.scenario) as ScenarioSummary);
    const unit =
      aim.against === 'absolute'
        ? ` ${aim.unit}`
        : ` × ${aim.against === 'unclog' ? 'without' : aim.against}`;
    const digits = aim.against === 'absolute' ? 1 : 2;
    return {
      text: aim.text,
      limit: `${aim.atMost !== undefined ? '≤' : '≥'} ${aim.atMost ?? aim.atLeast}${unit}`,
      value: value === null ? '–' : `${value.toFixed(digits)}${unit}`,
      met: value === null ? null : reaches(aim, value),
    };
  });
}

function reaches({ atMost, atLeast }: Aim, value: number): boolean {
  return atMost !== undefined ? value <= atMost : value >= (atLeast as number);
}

function figureOf({ figure }: Aim, { kinds }: ScenarioSummary): string {
  return figure === 'last level' ? (kinds.at(-1)?.id ?? '') : figure;
}

function measuredValue(aim: Aim, summary: ScenarioSummary): number | null {
  const { against, of = 'unclog' } = aim;
  const figure = figureOf(aim, summary);
  if (against === 'absolute')
    return summary.rows.find(({ target }) => target.id === of)?.figures.get(figure)?.median ?? null;
  return ratio(summary, figure, of, against === 'best library' ? bestLibrary(summary, figure) : against);
}
