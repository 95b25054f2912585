/** `npm run bench`: the gateway side by side with its peers. See `--help` for the options. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.ts';
import { buildGateway, buildLoadGenerator, buildTemplate, installPeers } from './build.ts';
import { makeCertificate } from './certificate.ts';
import { renderChart } from './chart.ts';
import { judgeGoals } from './goals.ts';
import { renderHtml } from './html.ts';
import { firstLine, maxStreams, readMachine } from './machine.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { renderPage, renderText } from './page.ts';
import { makeFolder, stopEverything } from './processes.ts';
import type { Results } from './results.ts';
import { runPlan } from './run.ts';
import { createScenarios } from './scenarios.ts';
import { summarise } from './summary.ts';
import { findTargets, type Target } from './targets.ts';

/** This program runs compiled, from .tmp/bench/js. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CACHE = join(ROOT, '.tmp/bench');
const BENCH = join(ROOT, 'bench');

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const options = readOptions(argv);
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const results =
    options.render === null
      ? await measure(options, argv)
      : (JSON.parse(readFileSync(options.render, 'utf8')) as Results);
  write(results, options.outDir, options.render === null);
  return options.render === null ? judge(results) : 0;
}

async function measure(options: BenchOptions, argv: readonly string[]): Promise<Results> {
  const machine = readMachine();
  progress('preparing: load generator, gateway, peers');
  const generator = buildLoadGenerator(BENCH, CACHE);
  installPeers(BENCH);
  const gateway = options.gateway ?? buildGateway(ROOT, CACHE);
  const found = findTargets({ gateway, before: options.before, parts: options.parts, bench: BENCH });
  const missing = [
    ...found.missing,
    ...(generator.speaksTls ? [] : ['OpenSSL’s headers (everything over TLS)']),
  ];
  for (const name of missing) progress(`${name} is not installed: left out`);
  if (missing.length > 0 && process.env.UNCLOG_REQUIRE === 'all')
    throw new BenchError(`UNCLOG_REQUIRE=all, and not installed here: ${missing.join(', ')}`);
  const targets = found.targets.filter(({ id }) => options.only === null || options.only.includes(id));
  const scenarios = createScenarios({ quick: options.quick, maxStreams: maxStreams(machine) }).filter(
    ({ id, transport }) => options.scenarios.includes(id) && (transport === 'plain' || generator.speaksTls),
  );
  const certificate = scenarios.some(({ transport }) => transport !== 'plain')
    ? makeCertificate(makeFolder())
    : null;
  const startedAt = new Date().toISOString();
  const before = performance.now();
  const samples = await runPlan({
    targets,
    scenarios,
    rounds: options.rounds,
    machine,
    generator: generator.program,
    certificate,
    onProgress: progress,
  });
  return {
    schemaVersion: 1,
    command: ['npm run bench', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' '),
    startedAt,
    seconds: (performance.now() - before) / 1_000,
    quick: options.quick,
    rounds: options.rounds,
    nodeVersion: process.versions.node,
    commit: options.gateway === null ? readCommit() : null,
    machine,
    missing,
    targets: targets.map(({ id, name, kind, version, setup }: Target) => ({
      id,
      name,
      kind,
      version,
      setup,
    })),
    scenarios: scenarios.map(({ id, title, explanation, transport }) => ({
      id,
      title,
      explanation,
      transport,
    })),
    samples,
  };
}

/** The commit measured, marked where the sources differ from it. */
function readCommit(): string | null {
  const commit = firstLine('git', ['-C', ROOT, 'rev-parse', '--short', 'HEAD']);
  if (commit === null) return null;
  const changed = firstLine('git', ['-C', ROOT, 'status', '--porcelain', '--', 'src']);
  return changed === null || changed === '' ? commit : `${commit} with changes`;
}

function write(results: Results, outDir: string, withJson: boolean): void {
  const summaries = summarise(results);
  const goals = judgeGoals(summaries);
  mkdirSync(outDir, { recursive: true });
  if (withJson) writeFileSync(join(outDir, 'benchmark.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(outDir, 'benchmark.md'), renderPage(results, summaries, goals));
  writeFileSync(join(outDir, 'benchmark.svg'), renderChart(results, summaries));
  writeFileSync(join(outDir, 'benchmark.html'), renderHtml(buildTemplate(ROOT), results, summaries, goals));
  process.stdout.write(`${renderText(results, summaries, goals)}\nwritten to ${resolve(outDir)}\n`);
}

/** Missed aims are shown, not failed: they depend on the machine. Wrong bytes are a failure anywhere. */
function judge({ samples }: Results): number {
  const bad = samples.filter(
    ({ target, figures, error }) =>
      ['direct', 'unclog', 'unclog-full'].includes(target) && (error !== null || figures?.intact === false),
  );
  for (const { scenario, target, error } of bad)
    process.stderr.write(`bench: ${target} in ${scenario}: ${error ?? 'events lost, repeated or damaged'}\n`);
  return bad.length > 0 ? 1 : 0;
}

function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    process.stderr.write(`bench: ${signal}, stopping\n`);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}
process.on('exit', stopEverything);

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
