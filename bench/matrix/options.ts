import { resolve } from 'node:path';
import { parseFlags, readNames } from '../flags.ts';
import { COLUMN_IDS, type ColumnId } from './columns.ts';

/** What the command line asks for. */
export interface MatrixOptions {
  columns: readonly ColumnId[];
  /** Ids of the checks to run; null = all. */
  checks: readonly string[] | null;
  /** Write nothing, only judge unclog's column. */
  assert: boolean;
  /** Print every cell. */
  verbose: boolean;
  /** Folder that gets matrix.md and matrix.json; null = not written. */
  outDir: string | null;
  /** A built checkout to run instead of building a copy of this one. */
  gateway: string | null;
}

export const USAGE = `npm run matrix -- [options]
  --only A,B       columns: ${COLUMN_IDS.join(', ')}
  --check A,B      ids of checks, as in matrix.json
  --assert         write nothing; the exit code says whether unclog passes
  --verbose        print every cell
  --out DIR        where matrix.md and matrix.json go (default docs; nothing is written when columns or checks are chosen)
  --gateway DIR    a built checkout to run instead of building this one
Exit code 1 when a check fails for unclog. UNCLOG_REQUIRE=all turns an absent nginx, HAProxy or Caddy into a failure.
`;

const FLAGS = {
  only: { type: 'string' },
  check: { type: 'string' },
  assert: { type: 'boolean' },
  verbose: { type: 'boolean' },
  out: { type: 'string' },
  gateway: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** @throws BenchError when a flag is unknown or unusable */
export function readOptions(argv: readonly string[], checkIds: readonly string[]): MatrixOptions | 'help' {
  const values = parseFlags(argv, FLAGS, USAGE);
  if (values.help) return 'help';
  const isWhole = values.only === undefined && values.check === undefined;
  const out = values.out ?? (isWhole ? 'docs' : undefined);
  return {
    columns: values.only === undefined ? COLUMN_IDS : readNames('--only', values.only, COLUMN_IDS),
    checks: values.check === undefined ? null : readNames('--check', values.check, checkIds),
    assert: values.assert ?? false,
    verbose: values.verbose ?? false,
    outDir: out === undefined || values.assert ? null : resolve(out),
    gateway: values.gateway === undefined ? null : resolve(values.gateway),
  };
}
