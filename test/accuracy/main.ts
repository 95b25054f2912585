/** `npm run accuracy`: how often the probe is right about real products. See `--help` for the options. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { createOrigin } from '../../src/origin/origin.ts';
import { VERSION } from '../../src/version.ts';
import { repositoryRoot } from '../support/drivers/driver.ts';
import { DRIVERS, type DriverId } from '../support/drivers/index.ts';
import { installedVersion } from '../support/drivers/launch.ts';
import { keepBusy } from './burners.ts';
import { runAllExperiments } from './experiments.ts';
import { AccuracyError, type AccuracyOptions, readOptions, USAGE } from './options.ts';
import { renderPage, renderText } from './page.ts';
import { isProven, type Part, type Results } from './results.ts';
import type { Expected, Row } from './row.ts';
import { ROWS } from './rows.ts';
import { type Case, type RunOptions, runRows } from './run.ts';
import { isRight, summarise, tallyUp } from './tally.ts';

const ROWS_AT_ONCE = 6;

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const options = readOptions(argv);
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const results = await measure(options, argv);
  process.stdout.write(renderText(results));
  if (options.outDir !== null) {
    mkdirSync(options.outDir, { recursive: true });
    writeFileSync(join(options.outDir, 'accuracy.md'), renderPage(results));
    writeFileSync(join(options.outDir, 'accuracy.json'), `${JSON.stringify(results, null, 1)}\n`);
    process.stdout.write(`written to ${options.outDir}\n`);
  }
  return isProven(results) ? 0 : 1;
}

async function measure(options: AccuracyOptions, argv: readonly string[]): Promise<Results> {
  const startedAt = new Date().toISOString();
  const startMs = performance.now();
  const versions = await findVersions();
  const rows = usableRows(options, versions);
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  const run: RunOptions = {
    origin: origin.url,
    rows,
    streams: options.streams,
    runs: options.runs,
    atOnce: options.atOnce,
    rowsAtOnce: ROWS_AT_ONCE,
    ...(options.keepDir === null ? {} : { onCase: keeper(options.keepDir) }),
    onRow: tellRow,
  };
  const [calm, cases] = await measurePart(run);
  const busy = options.busy ? await measureBusy(run) : null;
  const experiments = options.experiments ? await runAllExperiments(rows) : null;
  await origin.close();
  return {
    schemaVersion: 1,
    command: commandOf(argv),
    startedAt,
    seconds: (performance.now() - startMs) / 1_000,
    commit: readCommit(),
    system: `Linux ${release()}, ${cpus().length} cores`,
    nodeVersion: process.versions.node,
    unclogVersion: VERSION,
    versions,
    runs: options.runs,
    atOnce: options.atOnce,
    calm,
    busy,
    experiments,
    rows: rows.map((row) => summarise(row, cases)),
  };
}

/** The command line, without where its results go. */
function commandOf(argv: readonly string[]): string {
  const isPlace = (word: string | undefined) => word === '--out' || word === '--keep';
  const words = argv.filter((word, i) => !isPlace(word) && !isPlace(argv[i - 1]));
  return ['npm run accuracy', ...(words.length > 0 ? ['--', ...words] : [])].join(' ');
}

async function measurePart(run: RunOptions): Promise<[Part, Case[]]> {
  const startMs = performance.now();
  const loads: number[] = [];
  const timer = setInterval(() => loads.push(loadavg()[0] ?? 0), 5_000);
  const cases = await runRows(run);
  clearInterval(timer);
  const load = loads.reduce((sum, one) => sum + one, 0) / Math.max(1, loads.length);
  return [{ ...tallyUp(cases), seconds: (performance.now() - startMs) / 1_000, load }, cases];
}

/** The configurations that pass every stream, once more, on a machine that has no time for them. */
async function measureBusy(run: RunOptions): Promise<Part> {
  const rows = run.rows.filter((row) => !row.readBefore && Object.values(row.expect).every(isStreaming));
  process.stderr.write('accuracy: again, with every core busy\n');
  const stop = keepBusy();
  try {
    return (await measurePart({ ...run, rows, runs: 1 }))[0];
  } finally {
    stop();
  }
}

function isStreaming({ verdict }: Expected): boolean {
  return verdict === 'streaming';
}

async function findVersions(): Promise<Record<string, string | null>> {
  const ids = Object.keys(DRIVERS) as DriverId[];
  return Object.fromEntries(
    await Promise.all(ids.map(async (id) => [id, await installedVersion(id)] as const)),
  );
}

function usableRows(options: AccuracyOptions, versions: Record<string, string | null>): Row[] {
  const wanted = ROWS.filter(({ id }) => options.rows.includes(id));
  const missing = new Set(
    wanted.flatMap(({ hops }) =>
      hops.flatMap((hop) => ('driver' in hop && versions[hop.driver] === null ? [hop.driver] : [])),
    ),
  );
  if (missing.size > 0) {
    const text = `not installed, so their rows are left out: ${[...missing].join(', ')}; see scripts/install-debian.sh`;
    if (process.env.UNCLOG_REQUIRE === 'all') throw new AccuracyError(`UNCLOG_REQUIRE=all, but ${text}`);
    process.stderr.write(`accuracy: ${text}\n`);
  }
  return wanted.filter(({ hops }) => hops.every((hop) => !('driver' in hop) || !missing.has(hop.driver)));
}

function tellRow(row: Row, cases: Case[]): void {
  process.stderr.write(`accuracy: ${row.id}: ${cases.filter(isRight).length} of ${cases.length}\n`);
}

function keeper(folder: string): NonNullable<RunOptions['onCase']> {
  mkdirSync(folder, { recursive: true });
  return ({ row, stream, run, wrong }, observations) => {
    if (wrong.length === 0) return;
    const name = `${row.replace('/', '_')}.${stream}.${run}.json`;
    writeFileSync(join(folder, name), JSON.stringify(observations));
  };
}

/** The commit measured, marked where the sources differ from it. */
function readCommit(): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repositoryRoot(), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const commit = git('rev-parse', '--short', 'HEAD');
    return git('status', '--porcelain', '--', 'src') === '' ? commit : `${commit} with changes`;
  } catch {
    return null;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof AccuracyError)) throw error;
  process.stderr.write(`accuracy: ${error.message}\n`);
  process.exitCode = 2;
}
