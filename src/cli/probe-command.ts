import type { Argv, CommandModule } from 'yargs';
import { diagnose, JUDGE_DEFAULTS } from '../probe/diagnose.ts';
import { PATH_EXCHANGES } from '../probe/path-exchange.ts';
import { observeHops, type ProbeOptions } from '../probe/run-probe.ts';
import { saveObservations } from '../probe/saved.ts';
import { OBSERVE_DEFAULTS, type ProbeTarget } from '../probe/targets.ts';
import type { ExitCode } from './exit-codes.ts';
import { describeProbeFlags, type ProbeArguments } from './probe-flags.ts';
import { measureRepeatedly } from './probe-run.ts';
import { addHeaders, addQuery, parseTargets, readHopsFile } from './probe-targets.ts';
import { checkWritable, readOutputs, writeOutputs } from './report-outputs.ts';
import { type DataPart, parseSeconds, type RequestSettings, readRequest } from './request-flags.ts';
import { parseCount, parseDuration } from './units.ts';
import { UsageError } from './usage-error.ts';
import { judge, readVerdictRules } from './verdict-rules.ts';

const MOST_HOPS = 16;

export const probeCommand: CommandModule<object, ProbeArguments> = {
  command: ['probe [url..]', '$0'],
  describe: 'Measure one stream, or the same stream through several hops, and name what holds it',
  builder: (yargs) => describeProbeFlags(yargs) as Argv<ProbeArguments>,
  handler: async (argv) => {
    process.exitCode = await probe(argv);
  },
};

/**
 * `unclog probe` with parsed flags.
 * @param parts pieces of the request body in the order given, where the caller knows it
 */
export async function probe(argv: ProbeArguments, parts?: DataPart[]): Promise<ExitCode> {
  const request = readRequest(argv, parts);
  const options = readOptions(argv, request);
  const outputs = readOutputs(argv);
  const verdictRules = readVerdictRules(argv);
  const repeat = parseCount('--repeat', argv.repeat ?? '1');
  const { targets, without } = readTargets(argv, request);
  if (argv.savePayload === true && argv.save === undefined)
    throw new UsageError('--save-payload: there is no --save FILE to keep the payload in');
  if (argv.save !== undefined) checkWritable('--save', argv.save, 0o600);
  announce(targets, without, repeat);
  const { report, observations } = await measureRepeatedly(repeat, async (context) => {
    const seen = await observeHops(targets, { ...options, ...context });
    return { observations: seen, report: diagnose(seen, options) };
  });
  if (argv.save !== undefined)
    saveObservations(argv.save, observations, { judge: options, keepPayload: argv.savePayload === true });
  writeOutputs(report, outputs, argv);
  return judge(report, verdictRules);
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

function readOptions(
  argv: ProbeArguments,
  request: RequestSettings,
): ProbeOptions & typeof JUDGE_DEFAULTS {
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
  };
}

/** The first line says what is about to be sent, before it is sent. */
function announce(targets: ProbeTarget[], without: string[], repeat: number): void {
  const hosts = targets.map((target) => new URL(target.url).host).join(', ');
  const streams = targets.length * repeat;
  const most = repeat > 1 ? 'at least ' : '';
  const extra = `up to ${PATH_EXCHANGES + 1} short ones for each to measure the path`;
  process.stderr.write(
    `sending ${most}${streams} stream ${streams === 1 ? 'request' : 'requests'} to ${hosts}, and ${extra}\n`,
  );
  if (without.length > 0) {
    process.stderr.write(
      `credentials are not sent to ${without.join(', ')}: another host than the first URL's\n`,
    );
  }
}
