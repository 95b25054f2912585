import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.ts';
import { QUICK_SCENARIO_IDS, SCENARIO_IDS, type ScenarioId } from './scenarios.ts';
import { TARGET_IDS } from './targets.ts';

/** What the command line asks for. */
export interface BenchOptions {
  /** A smoke run of about a minute that judges integrity only. */
  quick: boolean;
  /** Ids of the targets to run; null = all that are there. */
  only: readonly string[] | null;
  scenarios: readonly ScenarioId[];
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
  --rounds N            default ${DEFAULT_ROUNDS}
  --out DIR             where benchmark.json, .md and .svg go (default .tmp/bench/results; docs for the docs page)
  --gateway DIR         measures the built checkout in DIR instead of this one
  --before DIR          also runs the built checkout in DIR, as "unclog (before)"
  --render FILE         renders a saved benchmark.json again, measures nothing
UNCLOG_REQUIRE=all turns an absent nginx, HAProxy or Caddy into a failure.
`;

/** @throws BenchError when a flag is unknown or unusable */
export function readOptions(argv: readonly string[]): BenchOptions | 'help' {
  const { values } = parse(argv);
  if (values.help) return 'help';
  const quick = values.quick ?? false;
  const rounds = Number(values.rounds ?? (quick ? 1 : DEFAULT_ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 99)
    throw new BenchError(`--rounds: "${values.rounds}" is not a number of rounds, expected 1 to 99`);
  return {
    quick,
    rounds,
    only: values.only === undefined ? null : readNames('--only', values.only, TARGET_IDS),
    scenarios:
      values.scenario === undefined
        ? quick
          ? QUICK_SCENARIO_IDS
          : SCENARIO_IDS
        : readNames('--scenario', values.scenario, SCENARIO_IDS),
    outDir: resolve(values.out ?? '.tmp/bench/results'),
    render: values.render === undefined ? null : resolve(values.render),
    gateway: values.gateway === undefined ? null : resolve(values.gateway),
    before: values.before === undefined ? null : resolve(values.before),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        scenario: { type: 'string' },
        rounds: { type: 'string' },
        out: { type: 'string' },
        render: { type: 'string' },
        gateway: { type: 'string' },
        before: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n${USAGE}`);
  }
}

function readNames<T extends string>(flag: string, text: string, known: readonly T[]): T[] {
  const asked = text.split(',').map((name) => name.trim());
  for (const name of asked) {
    if (!known.includes(name as T))
      throw new BenchError(`${flag}: "${name}" is unknown, expected one of ${known.join(', ')}`);
  }
  return known.filter((name) => asked.includes(name));
}
