import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Argv, CommandModule } from 'yargs';
import { JUDGE_DEFAULTS } from '../probe/diagnose.ts';
import { PATH_EXCHANGES } from '../probe/path-exchange.ts';
import { type ProbeOptions, runProbe } from '../probe/run-probe.ts';
import { OBSERVE_DEFAULTS, type ProbeTarget } from '../probe/targets.ts';
import { formatReport, REPORT_FORMATS, type ReportFormat } from '../report/format.ts';
import { FINDING_IDS, type HeaderList, type Report, VERDICTS } from '../types.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { announceExperiments, measureExperiments, readExperimentFlags } from './experiment-run.ts';
import { parseChoice } from './option-sources.ts';
import { addHeaders, parseHeader, parseTargets, readHopsFile } from './probe-targets.ts';
import { startProgress } from './progress.ts';
import { parseCount, parseDuration } from './units.ts';
import { UsageError } from './usage-error.ts';

const parseFormat = parseChoice(REPORT_FORMATS);
const MOST_HOPS = 16;
/** A run that could not judge is tried again so often, with --repeat. */
const MOST_RETRIES = 3;

interface Arguments {
  url?: string[] | undefined;
  hops?: string | undefined;
  waitFirst: string;
  duration: string;
  events?: string | undefined;
  maxHold: string;
  maxFirstEvent?: string | undefined;
  failOn?: string[] | undefined;
  allow?: string[] | undefined;
  repeat: string;
  format: string;
  json?: boolean | undefined;
  output?: string[] | undefined;
  sequential?: boolean | undefined;
  experiment?: boolean | undefined;
  idle?: string | undefined;
  header?: string[] | undefined;
  request?: string | undefined;
  data?: string | undefined;
  user?: string | undefined;
  insecure?: boolean | undefined;
  cacert?: string | undefined;
  color?: boolean | undefined;
}

export const probeCommand: CommandModule<object, Arguments> = {
  command: ['probe [url..]', '$0'],
  describe: 'Measure one stream, or the same stream through several hops, and name what holds it',
  builder: (yargs) => describeFlags(yargs) as Argv<Arguments>,
  handler: async (argv) => {
    process.exitCode = await probe(argv);
  },
};

function describeFlags(yargs: Argv<object>): Argv<object> {
  return yargs
    .positional('url', {
      array: true,
      type: 'string',
      describe: '[NAME=]URL of the stream; several: nearest to the origin first',
    })
    .options({
      hops: { type: 'string', describe: 'YAML file with the hops: name, url, host, headers' },
      'wait-first': { type: 'string', default: '60s', describe: 'How long to wait for the first event' },
      duration: { type: 'string', default: '10s', describe: 'How long to watch from the first event on' },
      events: { type: 'string', describe: 'Stop after this many events' },
      'max-hold': { type: 'string', default: '180ms', describe: 'Lateness that counts as held' },
      'max-first-event': { type: 'string', describe: 'Fail when the first event takes longer' },
      'fail-on': { type: 'string', array: true, describe: 'Verdicts and findings that also exit 1 (a,b,…)' },
      allow: {
        type: 'string',
        array: true,
        describe: 'Findings that do not count for the exit code (a,b,…)',
      },
      repeat: { type: 'string', default: '1', describe: 'Measure so many times and judge by the majority' },
      format: { type: 'string', default: 'text', describe: `Output format: ${REPORT_FORMATS.join(', ')}` },
      json: { type: 'boolean', describe: 'Short for --format json' },
      output: { type: 'string', array: true, describe: 'Also write FILE, or FORMAT=FILE' },
      sequential: { type: 'boolean', describe: 'Watch the hops one after the other' },
      experiment: {
        type: 'boolean',
        describe: 'Make controlled experiments: each URL is the address of an unclog origin through a hop',
      },
      idle: {
        type: 'string',
        describe: 'With --experiment: keep quiet streams up for so long to find cuts (default: off)',
      },
      header: { alias: 'H', type: 'string', array: true, describe: "Request header 'Name: value'" },
      request: { alias: 'X', type: 'string', describe: 'Request method' },
      data: { alias: 'd', type: 'string', describe: 'Request body, or @FILE; makes it a POST' },
      user: { alias: 'u', type: 'string', describe: 'NAME:PASSWORD for Basic authentication' },
      insecure: { alias: 'k', type: 'boolean', describe: 'Accept any server certificate' },
      cacert: { type: 'string', describe: 'PEM file of certificates to trust' },
      'http1.1': { type: 'boolean', describe: 'Speak HTTP/1.1 (what this version always does)' },
      color: { type: 'boolean', describe: 'Colour the text output; --no-color turns it off' },
    })
    .example('unclog http://127.0.0.1:8000/stream', 'one URL')
    .example('unclog probe --experiment edge=https://example.com/', 'why does it hold, and what cures it?')
    .example('unclog pod=http://127.0.0.1:8000/stream edge=https://example.com/stream', 'which hop holds?');
}

async function probe(argv: Arguments): Promise<ExitCode> {
  const options = readOptions(argv);
  const outputs = readOutputs(argv);
  const verdictRules = readVerdictRules(argv);
  const repeat = parseCount('--repeat', argv.repeat);
  const { idleMs } = readExperimentFlags(argv);
  const { targets, without } = readTargets(argv);
  if (argv.experiment === true) announceExperiments(targets, idleMs);
  else announce(targets, repeat);
  tellWithout(without);
  const report =
    argv.experiment === true
      ? await measureExperiments(targets, options, idleMs)
      : await measure(targets, options, repeat);
  for (const { format, file } of outputs) {
    const text = formatReport(report, format, textOptions(argv, file === null ? process.stdout : null));
    if (file === null) process.stdout.write(text);
    else writeFileSync(file, text);
  }
  return judge(report, verdictRules);
}

function readTargets(argv: Arguments): { targets: ProbeTarget[]; without: string[] } {
  const fromFile = argv.hops === undefined ? [] : readHopsFile(argv.hops);
  const targets = [...fromFile, ...parseTargets(argv.url ?? [])];
  if (targets.length === 0)
    throw new UsageError('no URL given, expected unclog [NAME=]URL…; see unclog --help');
  if (targets.length > MOST_HOPS)
    throw new UsageError(`${targets.length} URLs given, expected at most ${MOST_HOPS}`);
  const headers: HeaderList = (argv.header ?? []).map((text) => parseHeader('-H', text));
  if (argv.user !== undefined) {
    headers.push(['Authorization', `Basic ${Buffer.from(argv.user).toString('base64')}`]);
  }
  if (argv.data !== undefined && !headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    headers.push([
      'Content-Type',
      argv.data.trimStart().startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded',
    ]);
  }
  return addHeaders(targets, headers);
}

function readOptions(argv: Arguments): ProbeOptions {
  const method = argv.request?.toUpperCase() ?? (argv.data === undefined ? 'GET' : 'POST');
  if (!/^[A-Z]{1,20}$/.test(method)) throw new UsageError(`-X: "${argv.request}" is not a request method`);
  return {
    ...OBSERVE_DEFAULTS,
    ...JUDGE_DEFAULTS,
    waitFirstMs: parseDuration('--wait-first', argv.waitFirst),
    durationMs: parseDuration('--duration', argv.duration),
    events: argv.events === undefined ? null : parseCount('--events', argv.events),
    maxHoldMs: parseDuration('--max-hold', argv.maxHold),
    maxFirstEventMs:
      argv.maxFirstEvent === undefined ? null : parseDuration('--max-first-event', argv.maxFirstEvent),
    method,
    body: argv.data === undefined ? null : readBody(argv.data),
    verifyTls: argv.insecure !== true,
    ca: argv.cacert === undefined ? null : readFile('--cacert', argv.cacert).toString('utf8'),
    ...(argv.sequential === undefined ? {} : { sequential: argv.sequential }),
  };
}

function readBody(data: string): Buffer {
  return data.startsWith('@') ? readFile('-d', data.slice(1)) : Buffer.from(data);
}

function readFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${flag}: cannot read ${path}: ${(error as Error).message}`);
  }
}

interface Output {
  format: ReportFormat;
  file: string | null;
}

function readOutputs(argv: Arguments): Output[] {
  const format = argv.json === true ? 'json' : parseFormat('--format', argv.format);
  const files = (argv.output ?? []).map((text): Output => {
    const named = /^([a-z]+)=(.+)$/.exec(text);
    if (named === null) return { format, file: text };
    return { format: parseFormat('--output', named[1] ?? ''), file: named[2] ?? '' };
  });
  for (const { file } of files) if (file !== null) checkWritable(file);
  return [{ format, file: null }, ...files];
}

/** Before anything is measured: a report that cannot be written must not cost a minute first. */
function checkWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new UsageError(`--output: cannot write ${file}: ${(error as Error).message}`);
  }
}

interface VerdictRules {
  failOn: string[];
  allow: string[];
}

function readVerdictRules(argv: Arguments): VerdictRules {
  const findings: readonly string[] = FINDING_IDS;
  const verdicts: readonly string[] = VERDICTS;
  const failOn = splitList(argv.failOn);
  const allow = splitList(argv.allow);
  const unknown = failOn.find((word) => !findings.includes(word) && !verdicts.includes(word));
  if (unknown !== undefined)
    throw new UsageError(`--fail-on: "${unknown}" is neither a verdict nor a finding; see unclog explain`);
  const notFinding = allow.find((word) => !findings.includes(word));
  if (notFinding !== undefined)
    throw new UsageError(`--allow: "${notFinding}" is not a finding; see unclog explain`);
  return { failOn, allow };
}

function splitList(texts: string[] | undefined): string[] {
  return (texts ?? [])
    .flatMap((text) => text.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** The first line says what is about to be sent, before it is sent. */
function announce(targets: ProbeTarget[], repeat: number): void {
  const hosts = targets.map((target) => new URL(target.url).host).join(', ');
  const streams = targets.length * repeat;
  const most = repeat > 1 ? 'at least ' : '';
  const extra = `up to ${PATH_EXCHANGES + 1} short ones for each to measure the path`;
  process.stderr.write(
    `sending ${most}${streams} stream ${streams === 1 ? 'request' : 'requests'} to ${hosts}, and ${extra}\n`,
  );
}

function tellWithout(without: string[]): void {
  if (without.length > 0) {
    process.stderr.write(
      `credentials are not sent to ${without.join(', ')}: another host than the first URL's\n`,
    );
  }
}

async function measure(targets: ProbeTarget[], options: ProbeOptions, repeat: number): Promise<Report> {
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const progress = startProgress();
  const reports: Report[] = [];
  try {
    for (let run = 0, retries = 0; run < repeat && !interrupt.signal.aborted; run += 1) {
      const report = await runProbe(targets, {
        ...options,
        signal: interrupt.signal,
        onProgress: progress.update,
      });
      const unsure = exitCodeOf(report) === EXIT.unknown && repeat > 1 && retries < MOST_RETRIES;
      if (unsure) {
        retries += 1;
        run -= 1;
      } else reports.push(report);
    }
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
  return byMajority(reports);
}

/** The report whose verdict most runs agree on; of equally many, the worse verdict's. */
function byMajority(reports: Report[]): Report {
  const votes = (report: Report): number =>
    reports.filter((other) => other.verdict === report.verdict).length;
  const ranked = [...reports].sort(
    (a, b) => votes(b) - votes(a) || VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict),
  );
  const best = ranked[0];
  if (best === undefined) throw new Error('interrupted before anything was measured');
  if (reports.length === 1) return best;
  return {
    ...best,
    warnings: [...best.warnings, `${votes(best)} of ${reports.length} runs came to this verdict`],
  };
}

function textOptions(argv: Arguments, stream: NodeJS.WriteStream | null) {
  const terminal = stream?.isTTY === true;
  const color = argv.color ?? (terminal && !process.env.NO_COLOR);
  return {
    color: stream !== null && color,
    unicode: false,
    ...(terminal ? { columns: stream.columns } : {}),
  };
}

function judge(report: Report, { failOn, allow }: VerdictRules): ExitCode {
  const counted = report.findings.filter((finding) => !allow.includes(finding.id));
  const named = counted.some((finding) => failOn.includes(finding.id));
  if (named || report.hops.some((hop) => failOn.includes(hop.verdict))) return EXIT.failed;
  return exitCodeOf({ hops: report.hops, findings: counted });
}
