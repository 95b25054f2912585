import type { Argv, CommandModule } from 'yargs';
import { JUDGE_DEFAULTS } from '../probe/diagnose.ts';
import { diagnoseSaved } from '../probe/diagnose-saved.ts';
import { readSaved, SavedFileError, type SavedRun } from '../probe/saved.ts';
import type { ExitCode } from './exit-codes.ts';
import { REPORT_FLAGS, withValues } from './probe-flags.ts';
import { readOutputs, writeOutputs } from './report-outputs.ts';
import { parseDuration } from './units.ts';
import { UsageError } from './usage-error.ts';
import { judge, readVerdictRules } from './verdict-rules.ts';

interface Arguments {
  files?: string[] | undefined;
  maxHold?: string | undefined;
  maxFirstEvent?: string | undefined;
  failOn?: string[] | undefined;
  allow?: string[] | undefined;
  format?: string | undefined;
  json?: boolean | undefined;
  output?: string[] | undefined;
  verbose?: boolean | undefined;
  color?: boolean | undefined;
}

/** `unclog diagnose FILE…`: judges saved observations, no network. */
export const diagnoseCommand: CommandModule<object, Arguments> = {
  command: 'diagnose [files..]',
  describe: 'Judge saved observations again, or what curl --trace-time --trace-ascii wrote; no network',
  builder: (yargs) =>
    yargs
      .positional('files', {
        array: true,
        type: 'string',
        describe: '[NAME=]FILE of probe --save or of curl; several: nearest to the origin first',
      })
      .options(withValues(REPORT_FLAGS))
      .example('unclog diagnose near.json far.json', 'the same stream, measured on two machines')
      .epilogue('Exit codes as of probe.') as Argv<Arguments>,
  handler: async (argv) => {
    process.exitCode = runDiagnose(argv);
  },
};

function runDiagnose(argv: Arguments): ExitCode {
  const files = argv.files ?? [];
  if (files.length === 0)
    throw new UsageError(
      'no file given, expected unclog diagnose FILE…; unclog probe --save FILE writes one',
    );
  const outputs = readOutputs(argv);
  const rules = readVerdictRules(argv);
  const maxHoldMs = argv.maxHold === undefined ? undefined : parseDuration('--max-hold', argv.maxHold);
  const maxFirstEventMs =
    argv.maxFirstEvent === undefined ? undefined : parseDuration('--max-first-event', argv.maxFirstEvent);
  const runs = files.map(readNamed);
  const saved = runs[0]?.judge ?? {};
  const report = diagnoseSaved(runs, {
    ...JUDGE_DEFAULTS,
    ...saved,
    ...(maxHoldMs === undefined ? {} : { maxHoldMs }),
    ...(maxFirstEventMs === undefined ? {} : { maxFirstEventMs }),
  });
  writeOutputs(report, outputs, argv);
  return judge(report, rules);
}

/** `NAME=FILE` names the hop; a file whose own name holds a `=` is still found. */
function readNamed(text: string): SavedRun {
  const named = /^([\p{L}\p{N}_.-]{1,40})=(.+)$/u.exec(text);
  try {
    const run = readSaved(named?.[2] ?? text);
    const only = run.observations.length === 1 ? run.observations[0] : undefined;
    if (named === null || only === undefined) return run;
    return { ...run, observations: [{ ...only, hop: named[1] ?? only.hop }] };
  } catch (error) {
    if (error instanceof SavedFileError) throw new UsageError(error.message);
    throw error;
  }
}
