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
  against: 'nginx' | 'best library' | 'http-proxy' | 'absolute';
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

/** The aims that this run's scenarios speak of. */
export function judgeGoals(summaries: readonly ScenarioSummary[]): Goal[] {
  return AIMS.filter(({ scenario }) => summaryOf(summaries, scenario) !== undefined).map((aim) => {
    const value = measuredValue(aim, summaryOf(summaries, aim.scenario) as ScenarioSummary);
    const unit = aim.against === 'absolute' ? ` ${aim.unit}` : ` × ${aim.against}`;
    const digits = aim.against === 'absolute' ? 1 : 2;
    const met =
      value === null
        ? null
        : aim.atMost !== undefined
          ? value <= aim.atMost
          : value >= (aim.atLeast as number);
    return {
      text: aim.text,
      limit: `${aim.atMost !== undefined ? '≤' : '≥'} ${aim.atMost ?? aim.atLeast}${unit}`,
      value: value === null ? '–' : `${value.toFixed(digits)}${unit}`,
      met,
    };
  });
}

function measuredValue({ figure: named, against }: Aim, summary: ScenarioSummary): number | null {
  const figure = named === 'last level' ? (summary.kinds.at(-1)?.id ?? '') : named;
  if (against === 'absolute') {
    return summary.rows.find(({ target }) => target.id === 'unclog')?.figures.get(figure)?.median ?? null;
  }
  return ratio(
    summary,
    figure,
    'unclog',
    against === 'best library' ? bestLibrary(summary, figure) : against,
  );
}
