import { allOnEvidence, allOnTable, encryptedTable, isEncrypted } from './comparisons.ts';
import type { Goal } from './goals.ts';
import type { Results } from './results.ts';
import type { ScenarioSummary } from './summary.ts';
import { formatMarkdown, formatText, goalTable, scenarioTable, type Table } from './table.ts';

/** Where the figures come from, one line each. */
export function provenance(results: Results): string[] {
  const { machine, targets, missing } = results;
  const versions = targets
    .filter(({ kind }) => kind !== 'direct' && kind !== 'gateway')
    .map(({ name, version }) => `${name} ${version}`);
  const { pinning } = machine;
  const cores =
    pinning === null
      ? 'nothing pinned: load generator and proxy share what there is, and figures are worth little'
      : `load generator on core ${pinning.generator}, proxy on core ${pinning.proxy}`;
  return [
    `Command: ${results.command}`,
    `Date: ${results.startedAt} (${Math.round(results.seconds / 6) / 10} minutes, ${results.rounds} rounds)${results.commit === null ? '' : `, commit ${results.commit}`}`,
    `Versions: Node ${results.nodeVersion}, ${versions.join(', ')}`,
    `Machine: ${machine.model}, ${machine.cores} cores, ${machine.memoryMb} MB, Linux ${machine.kernel}, at most ${machine.openFiles} open files, connection tracking ${machine.connectionTracking ? 'on' : 'off'}; ${cores}`,
    ...busyLines(results),
    ...(missing.length > 0 ? [`Not installed here and left out: ${missing.join(', ')}`] : []),
  ];
}

/** Load generator and proxy make up to 2; what goes beyond came from somebody else. */
const QUIET_LOAD = 2.5;

function busyLines({ samples }: Results): string[] {
  const loads = samples.map(({ loadAverage }) => loadAverage).sort((a, b) => a - b);
  const middle = loads[loads.length >> 1] ?? 0;
  if (middle <= QUIET_LOAD) return [];
  return [
    `The machine was busy with other work (load average ${middle.toFixed(1)}): trust ratios, not microseconds`,
  ];
}

/** The page for a terminal. */
export function renderText(
  results: Results,
  summaries: readonly ScenarioSummary[],
  goals: readonly Goal[],
): string {
  const parts = plainOnes(summaries).map(
    (summary) =>
      `${summary.scenario.title}\n${summary.scenario.explanation}\n\n${formatText(scenarioTable(summary))}\n`,
  );
  for (const { title, text, table } of comparisons(results, summaries))
    parts.push(`${title}\n${text}\n\n${formatText(table)}\n`);
  if (!results.quick) parts.push(`Aims, unclog gateway\n\n${formatText(goalTable(goals))}\n`);
  return `${provenance(results).join('\n')}\n\n${parts.join('\n')}`;
}

/** What has a table of its own besides those of the scenarios. */
export function comparisons(
  results: Results,
  summaries: readonly ScenarioSummary[],
): { title: string; text: string; table: Table }[] {
  const allOn = allOnTable(summaries, !results.quick);
  const encrypted = encryptedTable(summaries);
  return [
    ...(allOn === null ? [] : [{ title: 'With everything on', text: allOnText(results), table: allOn }]),
    ...(encrypted === null ? [] : [{ title: 'TLS and HTTP/2', text: ENCRYPTED, table: encrypted }]),
  ];
}

function allOnText(results: Results): string {
  return `The same gateway with heartbeats, limits, the access log into a file, and metrics that are read all the while (where no memory is counted thirty times before as well, to warm that code up); no stamps. ${allOnEvidence(results)}
Delay at p99 and what a stopped reader holds are shown without an aim: the first swings by more than a tenth from round to round, the second is small and has a bound of its own.`;
}

const ENCRYPTED = `Clients over TLS with HTTP/1.1, and over HTTP/2 with five streams to a connection at a time and 30 in all; the origin is asked in plain HTTP/1.1. TLS 1.3, an ECDSA P-256
certificate, every connection a full handshake. p50 and p99 are from the origin’s write to the event out of the client’s decryption.`;

function plainOnes(summaries: readonly ScenarioSummary[]): ScenarioSummary[] {
  return summaries.filter((summary) => !isEncrypted(summary));
}

/** The page for docs/. */
export function renderPage(
  results: Results,
  summaries: readonly ScenarioSummary[],
  goals: readonly Goal[],
): string {
  const setups = results.targets.map(({ name, version, setup }) => [name, version, setup]);
  const missed = goals.filter(({ met }) => met === false);
  const verdict =
    missed.length === 0
      ? 'Every aim that this run could judge was reached.'
      : `${missed.length} of ${goals.length} aims were missed in this run: ${missed.map(({ text, value, limit }) => `${text} (${value}, wanted ${limit})`).join('; ')}.`;
  const tables = plainOnes(summaries).map(
    (summary) =>
      `## ${summary.scenario.title}\n\n${summary.scenario.explanation}\n\n${formatMarkdown(scenarioTable(summary))}\n`,
  );
  const compared = comparisons(results, summaries).map(
    ({ title, text, table }) => `## ${title}\n\n${text}\n\n${formatMarkdown(table)}\n`,
  );
  return `# What relaying a stream costs

<!-- Generated by the command below; do not edit. -->

The gateway side by side with nginx, HAProxy, Caddy and Node proxy libraries, in one run, interleaved: in each round every
target gets the same load after the other, each in a fresh process, in every second round in the opposite order. A load generator in
C++ is origin and clients at once, on one clock and one core; the proxy has another core to itself. Every event is checked byte for byte: none lost, repeated, damaged or of
another stream. Cells are medians over the rounds with smallest and largest; ratios are medians of each round's own
ratio. Everything runs over the loopback of one machine: trust ratios within a table, not single microseconds.

![Bars for each proxy: CPU per event, bulk throughput, churn and memory](benchmark.svg)

[benchmark.html](benchmark.html), opened from a disk, is the same with a chart for every figure.

${provenance(results)
  .map((line) => `- ${line.replace(/^Command: (.*)$/, 'Command: `$1`')}`)
  .join('\n')}

${results.quick ? 'A smoke run: short, with fewer streams than the aims speak of. Only its integrity means anything.' : `## Aims\n\n${verdict}\n\n${formatMarkdown(goalTable(goals))}`}

${[...compared, ...tables].join('\n')}
## How each was set up

${formatMarkdown([['target', 'version', 'setup'], ...setups])}

The gateway runs as one process against one worker of each server. CPU time is the proxy’s own, user and system, of all its threads and
workers, from \`/proc/PID/stat\`; what the kernel does for a packet on behalf of the load generator is in nobody’s figure. “load generator
at its limit” stands where the generator used 95 % of its core or more, or where direct was less than 1.15 times as fast as the proxy: there the
proxy could have done more, and only its CPU figures say how much it had left.
`;
}
