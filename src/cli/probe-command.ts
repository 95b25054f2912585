import type { Argv, CommandModule } from 'yargs';
import { diagnose, JUDGE_DEFAULTS } from '../probe/diagnose.ts';
import { MCP_REQUESTS } from '../probe/mcp.ts';
import { mostShortRequests } from '../probe/path-exchange.ts';
import { observeHops, type ProbeOptions } from '../probe/run-probe.ts';
import { saveObservations } from '../probe/saved.ts';
import { OBSERVE_DEFAULTS, type ProbeTarget } from '../probe/targets.ts';
import { MOST_TRIGGERS } from '../probe/trigger.ts';
import type { JudgeOptions } from '../types.ts';
import type { ExitCode } from './exit-codes.ts';
import { announceExperiments, measureExperiments, readExperimentFlags } from './experiment-run.ts';
import { describeProbeFlags, type ProbeArguments } from './probe-flags.ts';
import { measureRepeatedly } from './probe-run.ts';
import { addHeaders, addQuery, parseTargets, readHopsFile } from './probe-targets.ts';
import { checkWritable, type Output, readOutputs, writeOutputs } from './report-outputs.ts';
import { type DataPart, parseSeconds, type RequestSettings, readRequest } from './request-flags.ts';
import { parseCount, parseDuration } from './units.ts';
import { UsageError } from './usage-error.ts';
import { judge, readVerdictRules, type VerdictRules } from './verdict-rules.ts';

const MOST_HOPS = 16;

export const probeCommand: CommandModule<object, ProbeArguments> = {
  command: ['probe [url..]', '$0'],
  describe: 'Measure one stream, or the same stream through several hops, and name what holds it',
  builder: (yargs) => describeProbeFlags(yargs) as Argv<ProbeArguments>,
  handler: async (argv) => {
    process.exitCode = await probe(argv);
  },
};

/** A checked command line: everything that can be wrong has been said before anything is sent. */
export interface ProbePlan {
  targets: ProbeTarget[];
  /** Hops that credentials are not sent to. */
  without: string[];
  options: ProbeOptions & JudgeOptions;
  outputs: Output[];
  rules: VerdictRules;
  repeat: number;
  save: { file: string; keepPayload: boolean } | null;
  /** Controlled experiments in place of watching; `idleMs` null: no idle tests. */
  experiment: { idleMs: number | null } | null;
}

/**
 * Reads and checks parsed flags; sends nothing.
 * @param parts pieces of the request body in the order given, where the caller knows it
 * @throws UsageError
 */
export function planProbe(argv: ProbeArguments, parts?: DataPart[]): ProbePlan {
  const request = readRequest(argv, parts);
  const options = readOptions(argv, request);
  const outputs = readOutputs(argv);
  const rules = readVerdictRules(argv);
  const repeat = parseCount('--repeat', argv.repeat ?? '1');
  const { targets, without } = readTargets(argv, request);
  if (argv.savePayload === true && argv.save === undefined)
    throw new UsageError('--save-payload: there is no --save FILE to keep the payload in');
  const save = argv.save === undefined ? null : { file: argv.save, keepPayload: argv.savePayload === true };
  if (save !== null) checkWritable('--save', save.file, 0o600);
  const experiment = readExperiment(argv, parts);
  return { targets, without, options, outputs, rules, repeat, save, experiment };
}

/** Experiments say themselves what is sent and when. */
function readExperiment(argv: ProbeArguments, parts: DataPart[] = []): ProbePlan['experiment'] {
  const { experiment, idle, request, events, sequential, repeat = '1' } = argv;
  const body = [...parts, ...(argv.data ?? []), ...(argv.dataRaw ?? []), ...(argv.dataBinary ?? [])];
  const data = body.length === 0 ? undefined : '';
  const { idleMs } = readExperimentFlags({ experiment, idle, request, data, events, sequential, repeat });
  if (experiment !== true) return null;
  const alone = { '--save': argv.save, '--trigger': argv.trigger, '--mcp': argv.mcp, '-m': argv.maxTime };
  for (const [flag, value] of Object.entries(alone)) {
    if (value !== undefined) throw new UsageError(`${flag} does not go together with --experiment`);
  }
  return { idleMs };
}

/**
 * `unclog probe` with parsed flags; `parts` as for {@link planProbe}.
 * @param notes sentences to say behind the first line, which is about what is sent
 */
export async function probe(
  argv: ProbeArguments,
  parts?: DataPart[],
  notes: readonly string[] = [],
): Promise<ExitCode> {
  const plan = planProbe(argv, parts);
  const { targets, without, options, outputs, rules, repeat, save, experiment } = plan;
  if (experiment !== null) announceExperiments(targets, experiment.idleMs);
  else announce(targets, options, repeat);
  tellWithout(without);
  for (const note of [...notes, ...unreadProxy(plan)]) process.stderr.write(`note: ${note}\n`);
  if (experiment !== null) {
    const report = await measureExperiments(targets, options, experiment.idleMs);
    writeOutputs(report, outputs, argv);
    return judge(report, rules);
  }
  const maxTimeMs = argv.maxTime === undefined ? null : parseSeconds('-m', argv.maxTime);
  const { report, observations } = await measureRepeatedly(repeat, async ({ signal, onProgress }) => {
    const until = maxTimeMs === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(maxTimeMs)]);
    const seen = await observeHops(targets, { ...options, signal: until, onProgress });
    return { observations: seen, report: diagnose(seen, options) };
  });
  if (save !== null)
    saveObservations(save.file, observations, { judge: options, keepPayload: save.keepPayload });
  writeOutputs(report, outputs, argv);
  return judge(report, rules);
}

/** Whoever set it expects that it is used. */
function unreadProxy({ targets, options }: ProbePlan): string[] {
  const { HTTP_PROXY, http_proxy } = process.env;
  const meant = HTTP_PROXY !== undefined && http_proxy === undefined && options.proxy === 'environment';
  return meant && targets.some(({ url }) => url.startsWith('http:'))
    ? [
        'HTTP_PROXY is not read in capitals for http: URLs, as curl does not either; set http_proxy, or give -x',
      ]
    : [];
}

function readTargets(
  argv: ProbeArguments,
  { headers, query, certificate }: RequestSettings,
): { targets: ProbeTarget[]; without: string[] } {
  const fromFile = argv.hops === undefined ? [] : readHopsFile(argv.hops);
  const targets = [...fromFile, ...parseTargets(argv.url ?? [])];
  if (targets.length === 0)
    throw new UsageError('no URL given, expected unclog [NAME=]URL…; see unclog --help');
  if (targets.length > MOST_HOPS)
    throw new UsageError(`${targets.length} URLs given, expected at most ${MOST_HOPS}`);
  return addHeaders(query === null ? targets : addQuery(targets, query), headers, certificate);
}

function readOptions(argv: ProbeArguments, request: RequestSettings): ProbeOptions & JudgeOptions {
  const duration = <T>(flag: string, text: string | undefined, otherwise: T): number | T =>
    text === undefined ? otherwise : parseDuration(flag, text);
  const maxTimeMs = argv.maxTime === undefined ? null : parseSeconds('-m', argv.maxTime);
  return {
    ...request.options,
    waitFirstMs: duration('--wait-first', argv.waitFirst, maxTimeMs ?? OBSERVE_DEFAULTS.waitFirstMs),
    durationMs: duration('--duration', argv.duration, maxTimeMs ?? OBSERVE_DEFAULTS.durationMs),
    events: argv.events === undefined ? null : parseCount('--events', argv.events),
    maxHoldMs: duration('--max-hold', argv.maxHold, JUDGE_DEFAULTS.maxHoldMs),
    maxFirstEventMs: duration('--max-first-event', argv.maxFirstEvent, null),
    ...(argv.sequential === undefined ? {} : { sequential: argv.sequential }),
    ...(argv.trigger === undefined ? {} : { trigger: argv.trigger }),
    ...(argv.mcp === undefined ? {} : { mcp: argv.mcp }),
  };
}

/** The first line says what is about to be sent, before it is sent. */
function announce(targets: ProbeTarget[], options: ProbeOptions, repeat: number): void {
  const hosts = targets.map((target) => new URL(target.url).host).join(', ');
  const streams = targets.length * repeat;
  const most = repeat > 1 ? 'at least ' : '';
  const kind = options.mcp === true ? 'MCP session' : 'stream request';
  const extra =
    options.mcp === true
      ? `of up to ${MCP_REQUESTS} requests each`
      : `and up to ${mostShortRequests(options.durationMs ?? OBSERVE_DEFAULTS.durationMs)} short ones for each to measure the path`;
  process.stderr.write(
    `sending ${most}${streams} ${kind}${streams === 1 ? '' : 's'} to ${hosts}, ${extra}\n`,
  );
  if (options.trigger !== undefined)
    process.stderr.write(`running the command of --trigger up to ${MOST_TRIGGERS} times\n`);
}

function tellWithout(without: string[]): void {
  if (without.length > 0) {
    process.stderr.write(
      `credentials are not sent to ${without.join(', ')}: another host than the first URL's\n`,
    );
  }
}
