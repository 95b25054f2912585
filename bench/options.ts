import { resolve } from 'node:path';
import { parseFlags, readNames, readWhole } from './flags.ts';
import { PART_IDS, type Part } from './gateway-targets.ts';
import { QUICK_SCENARIO_IDS, SCENARIO_IDS, type ScenarioId } from './scenarios.ts';
import { TARGET_IDS } from './targets.ts';

/** What the command line asks for. */
export interface BenchOptions {
  /** A smoke run of about a minute that judges integrity only. */
  quick: boolean;
  /** Ids of the targets to run; null = all that are there. */
  only: readonly string[] | null;
  scenarios: readonly ScenarioId[];
  /** What is on in `unclog-full`: to find out which part costs what. */
  parts: readonly Part[];
  rounds: number;
  /** Folder that gets the table, the JSON and the chart. */
  outDir: string;
  /** Renders these saved results again instead of measuring. */
  render: string | null;
  /** A built checkout to measure instead of this one; null = this one, compiled. */
  gateway: string | null;
  /** Another checkout, already built, to run as `unclog (before)`. */
  before: string | null;
}

const DEFAULT_ROUNDS = 3;

export const USAGE = `npm run bench -- [options]
  --quick               about a minute, integrity only
  --only A,B            targets: ${TARGET_IDS.join(', ')}
  --scenario A,B        ${SCENARIO_IDS.join(', ')}
  --parts A,B           what unclog-full has on: ${PART_IDS.join(', ')} (default all)
  --rounds N            default ${DEFAULT_ROUNDS}
  --out DIR             where benchmark.json, .md, .svg and .html go (default .tmp/bench/results; docs for the docs page)
  --gateway DIR         measures the built checkout in DIR instead of this one
  --before DIR          also runs the built checkout in DIR, as "unclog (before)"
  --render FILE         renders a saved benchmark.json again, measures nothing
UNCLOG_REQUIRE=all turns an absent nginx, HAProxy or Caddy into a failure.
`;

const FLAGS = {
  quick: { type: 'boolean' },
  only: { type: 'string' },
  scenario: { type: 'string' },
  parts: { type: 'string' },
  rounds: { type: 'string' },
  out: { type: 'string' },
  render: { type: 'string' },
  gateway: { type: 'string' },
  before: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** @throws BenchError when a flag is unknown or unusable */
export function readOptions(argv: readonly string[]): BenchOptions | 'help' {
  const values = parseFlags(argv, FLAGS, USAGE);
  if (values.help) return 'help';
  const quick = values.quick ?? false;
  return {
    quick,
    rounds:
      values.rounds === undefined
        ? quick
          ? 1
          : DEFAULT_ROUNDS
        : readWhole('--rounds', values.rounds, 1, 99),
    only: values.only === undefined ? null : readNames('--only', values.only, TARGET_IDS),
    scenarios:
      values.scenario === undefined
        ? quick
          ? QUICK_SCENARIO_IDS
          : SCENARIO_IDS
        : readNames('--scenario', values.scenario, SCENARIO_IDS),
    parts: values.parts === undefined ? PART_IDS : readNames('--parts', values.parts, PART_IDS),
    outDir: resolve(values.out ?? '.tmp/bench/results'),
    render: values.render === undefined ? null : resolve(values.render),
    gateway: values.gateway === undefined ? null : resolve(values.gateway),
    before: values.before === undefined ? null : resolve(values.before),
  };
}
