import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROWS } from './rows.ts';
import { STREAM_IDS, type StreamId } from './streams.ts';

/** What the command line asks for. */
export interface AccuracyOptions {
  /** Ids of the rows to measure. */
  rows: readonly string[];
  /** Null: all that a row has. */
  streams: readonly StreamId[] | null;
  runs: number;
  /** Whether the flowing streams are measured again while the machine is kept busy. */
  busy: boolean;
  /** Whether experiments are made as well. */
  experiments: boolean;
  /** Streams measured at the same time. */
  atOnce: number;
  /** Folder that gets accuracy.md and accuracy.json; null: not written. */
  outDir: string | null;
  /** Folder that gets the recording of every miss; null: not kept. */
  keepDir: string | null;
}

export class AccuracyError extends Error {}

export const USAGE = `npm run accuracy -- [options]
  --only A,B         rows, by id or by its beginning (nginx, chain/, haproxy/default; default all)
  --streams A,B      streams: ${STREAM_IDS.join(', ')} (default all)
  --runs N           how often each row is measured (default 3)
  --at-once N        streams measured at the same time (default 24, most 40)
  --no-busy          do not measure the flowing streams again while the machine is kept busy
  --no-experiments   do not make experiments
  --out DIR          where accuracy.md and accuracy.json go (default docs; nothing is written when rows or streams are chosen)
  --keep DIR         also write the recording of every miss, for unclog diagnose
Exit code 1 when less than 98 % is right, or a stream that flows was found held. UNCLOG_REQUIRE=all turns an absent product into a failure.
`;

/** @throws AccuracyError when a flag is unknown or unusable */
export function readOptions(argv: readonly string[]): AccuracyOptions | 'help' {
  const values = parse(argv);
  if (values.help) return 'help';
  const whole = values.only === undefined && values.streams === undefined;
  const out = values.out ?? (whole ? 'docs' : undefined);
  return {
    rows: values.only === undefined ? ROWS.map(({ id }) => id) : readRows(values.only),
    streams: values.streams === undefined ? null : readStreams(values.streams),
    runs: readCount('--runs', values.runs ?? '3', 20),
    busy: values.busy,
    experiments: values.experiments,
    atOnce: readCount('--at-once', values['at-once'] ?? '24', 40),
    outDir: out === undefined ? null : resolve(out),
    keepDir: values.keep === undefined ? null : resolve(values.keep),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowNegative: true,
      options: {
        only: { type: 'string' },
        streams: { type: 'string' },
        runs: { type: 'string' },
        'at-once': { type: 'string' },
        busy: { type: 'boolean', default: true },
        experiments: { type: 'boolean', default: true },
        out: { type: 'string' },
        keep: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new AccuracyError(`${(error as Error).message}\n${USAGE}`);
  }
}

function readRows(text: string): string[] {
  const names = split(text);
  for (const name of names) {
    if (!ROWS.some(({ id }) => id.startsWith(name)))
      throw new AccuracyError(
        `--only: "${name}" begins no row, expected one of ${ROWS.map(({ id }) => id).join(', ')}`,
      );
  }
  return ROWS.map(({ id }) => id).filter((id) => names.some((name) => id.startsWith(name)));
}

function readStreams(text: string): StreamId[] {
  const names = split(text);
  const unknown = names.find((name) => !(STREAM_IDS as string[]).includes(name));
  if (unknown !== undefined)
    throw new AccuracyError(`--streams: "${unknown}" is unknown, expected some of ${STREAM_IDS.join(', ')}`);
  return STREAM_IDS.filter((id) => names.includes(id));
}

function split(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function readCount(flag: string, text: string, most: number): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > most)
    throw new AccuracyError(`${flag}: "${text}" is not a whole number from 1 to ${most}`);
  return count;
}
