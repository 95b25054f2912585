import { closeSync, openSync, writeFileSync } from 'node:fs';
import { formatReport, REPORT_FORMATS, type ReportFormat } from '../report/format.ts';
import type { Report } from '../types.ts';
import { parseChoice } from './option-sources.ts';
import { UsageError } from './usage-error.ts';

const parseFormat = parseChoice(REPORT_FORMATS);

/** Where a report goes; `file` null is stdout. */
export interface Output {
  format: ReportFormat;
  file: string | null;
}

interface OutputArguments {
  format?: string | undefined;
  json?: boolean | undefined;
  output?: string[] | undefined;
  verbose?: boolean | undefined;
  color?: boolean | undefined;
}

/**
 * Reads `--format`, `--json` and `--output`.
 * @throws UsageError for an unknown format, or a file that cannot be written
 */
export function readOutputs(argv: OutputArguments): Output[] {
  const format = argv.json === true ? 'json' : parseFormat('--format', argv.format ?? 'text');
  const files = (argv.output ?? []).map((text): Output => {
    const named = /^([a-z]+)=(.+)$/.exec(text);
    if (named === null) return { format, file: text };
    return { format: parseFormat('--output', named[1] ?? ''), file: named[2] ?? '' };
  });
  for (const { file } of files) if (file !== null) checkWritable('--output', file);
  return [{ format, file: null }, ...files];
}

/** Before anything is measured: a file that cannot be written must not cost a minute first. */
export function checkWritable(flag: string, file: string, mode = 0o666): void {
  try {
    closeSync(openSync(file, 'a', mode));
  } catch (error) {
    throw new UsageError(`${flag}: cannot write ${file}: ${(error as Error).message}`);
  }
}

/** Writes the report to stdout and to the files asked for. */
export function writeOutputs(report: Report, outputs: Output[], argv: OutputArguments): void {
  for (const { format, file } of outputs) {
    const text = formatReport(report, format, textOptions(argv, file === null ? process.stdout : null));
    if (file === null) process.stdout.write(text);
    else writeFileSync(file, text);
  }
}

function textOptions(argv: OutputArguments, stream: NodeJS.WriteStream | null) {
  const terminal = stream?.isTTY === true;
  const color = argv.color ?? (terminal && !process.env.NO_COLOR);
  return {
    color: stream !== null && color,
    unicode: false,
    verbose: argv.verbose === true,
    ...(terminal ? { columns: stream.columns } : {}),
  };
}
