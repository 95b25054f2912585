/** `npm run matrix`: behaviours of streams through the gateway and its peers. See `--help` for the options. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.ts';
import { buildGateway, installPeers } from '../build.ts';
import { firstLine } from '../machine.ts';
import { stopEverything } from '../processes.ts';
import { type Column, createColumn, LIBRARY_IDS } from './columns.ts';
import { measureDirect } from './direct.ts';
import { type MatrixOptions, readOptions, USAGE } from './options.ts';
import { renderPage, renderText } from './page.ts';
import { failures, type Results } from './results.ts';
import { runColumn } from './run.ts';
import { SECTIONS } from './sections.ts';

/** This program runs compiled, from .tmp/matrix/js/matrix. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const BENCH = join(ROOT, 'bench');
const CHECKS = SECTIONS.flatMap(({ checks }) => checks);

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const options = readOptions(
    argv,
    CHECKS.map(({ id }) => id),
  );
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (process.platform !== 'linux')
    throw new BenchError(`the matrix reads /proc, so it needs Linux, not ${process.platform}`);
  const results = await measure(options, argv);
  if (options.verbose) process.stdout.write(`${JSON.stringify(results.columns, null, 1)}\n`);
  process.stdout.write(renderText(results, SECTIONS));
  if (options.outDir !== null) {
    mkdirSync(options.outDir, { recursive: true });
    writeFileSync(join(options.outDir, 'matrix.md'), renderPage(results, SECTIONS));
    writeFileSync(join(options.outDir, 'matrix.json'), `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`written to ${options.outDir}\n`);
  }
  const own = results.columns.find(({ id }) => id === 'unclog');
  return own !== undefined && failures(own).length > 0 ? 1 : 0;
}

async function measure(options: MatrixOptions, argv: readonly string[]): Promise<Results> {
  const startedAt = new Date().toISOString();
  const startMs = performance.now();
  const columns = prepare(options);
  const checks = CHECKS.filter(({ id }) => options.checks === null || options.checks.includes(id));
  const directEventMs = await measureDirect();
  const results: Results['columns'] = [];
  for (const column of columns) {
    progress(`${column.name} ${column.version}, ${checks.length} checks`);
    results.push(await runColumn(column, checks));
  }
  return {
    schemaVersion: 1,
    command: ['npm run matrix', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' '),
    startedAt,
    seconds: (performance.now() - startMs) / 1_000,
    nodeVersion: process.versions.node,
    commit: readCommit(),
    system: `Linux ${release()}, ${cpus().length} cores`,
    directEventMs,
    columns: results,
  };
}

function prepare(options: MatrixOptions): Column[] {
  if (options.columns.some((id) => LIBRARY_IDS.includes(id))) installPeers(BENCH);
  const gateway =
    options.gateway ??
    (options.columns.includes('unclog') ? buildGateway(ROOT, join(ROOT, '.tmp/matrix')) : ROOT);
  const found = options.columns.map((id) => ({ id, column: createColumn(id, { gateway, bench: BENCH }) }));
  const missing = found.filter(({ column }) => column === null).map(({ id }) => id);
  if (missing.length > 0) {
    progress(`not installed and left out: ${missing.join(', ')}`);
    if (process.env.UNCLOG_REQUIRE === 'all')
      throw new BenchError(`UNCLOG_REQUIRE=all, and not installed here: ${missing.join(', ')}`);
  }
  return found.flatMap(({ column }) => (column === null ? [] : [column]));
}

/** The commit measured, marked where the sources differ from it. */
function readCommit(): string | null {
  const commit = firstLine('git', ['-C', ROOT, 'rev-parse', '--short', 'HEAD']);
  if (commit === null) return null;
  const changed = firstLine('git', ['-C', ROOT, 'status', '--porcelain', '--', 'src']);
  return changed === null || changed === '' ? commit : `${commit} with changes`;
}

function progress(text: string): void {
  process.stderr.write(`matrix: ${text}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    process.stderr.write(`matrix: ${signal}, stopping\n`);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}
process.on('exit', stopEverything);

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`matrix: ${error.message}\n`);
  process.exitCode = 2;
}
