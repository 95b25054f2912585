import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { JudgeOptions, Observation } from '../types.ts';
import { whyUnreadable } from '../unreadable.ts';
import { VERSION } from '../version.ts';
import { parseCurlTrace } from './curl-trace.ts';
import { maskFields } from './mask-fields.ts';
import { createPayloadMasker, maskObservation } from './mask-payload.ts';
import { observationSchema } from './saved-schema.ts';

/** One file of saved observations. */
export interface SavedRun {
  observations: Observation[];
  /** False where payload characters were masked: contents can then be compared within the file only. */
  payloadKept: boolean;
  /** Thresholds that were in force; `diagnose` uses them unless told otherwise. */
  judge: Partial<JudgeOptions>;
}

/** How to save. */
export interface SaveOptions {
  judge: JudgeOptions;
  /** Default: payload characters are masked. */
  keepPayload?: boolean;
}

const FORMAT = 'unclog-observations';

const savedSchema = z.object({
  format: z.literal(FORMAT),
  schemaVersion: z.literal(1),
  tool: z.object({ name: z.string(), version: z.string() }),
  payload: z.enum(['masked', 'kept']),
  judge: z.object({ maxHoldMs: z.number().min(0), maxFirstEventMs: z.number().min(0).nullable() }),
  observations: z.array(observationSchema).min(1).max(16),
});

/** The file's text: JSON, credentials and query values masked, payload characters masked unless it is to be kept. */
export function savedText(observations: Observation[], { judge, keepPayload = false }: SaveOptions): string {
  const mask = createPayloadMasker();
  const { maxHoldMs, maxFirstEventMs } = judge;
  const saved: Omit<z.input<typeof savedSchema>, 'observations'> & { observations: Observation[] } = {
    format: FORMAT,
    schemaVersion: 1,
    tool: { name: 'unclog', version: VERSION },
    payload: keepPayload ? 'kept' : 'masked',
    judge: { maxHoldMs, maxFirstEventMs },
    observations: observations.map((one) => (keepPayload ? maskFields(one) : maskObservation(one, mask))),
  };
  return `${JSON.stringify(saved)}\n`;
}

/** Writes what {@link readSaved} reads; nobody else may read the file. */
export function saveObservations(file: string, observations: Observation[], options: SaveOptions): void {
  writeFileSync(file, savedText(observations, options), { mode: 0o600 });
}

/** A file that cannot be judged; the message is one sentence that names the file and what was expected. */
export class SavedFileError extends Error {
  override readonly name = 'SavedFileError';
}

/**
 * Reads saved observations, or what `curl --trace-time --trace-ascii FILE` (or `--trace FILE`) wrote.
 * @throws SavedFileError
 */
export function readSaved(file: string): SavedRun {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'latin1');
  } catch (error) {
    throw new SavedFileError(`${file}: ${whyUnreadable(error)}`);
  }
  if (text.trimStart().startsWith('{')) return readJson(file, Buffer.from(text, 'latin1').toString('utf8'));
  const observation = parseCurlTrace(text);
  if (typeof observation === 'string') throw new SavedFileError(`${file}: ${observation}`);
  return { observations: [observation], payloadKept: true, judge: {} };
}

function readJson(file: string, text: string): SavedRun {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SavedFileError(`${file}: not valid JSON: ${(error as Error).message}`);
  }
  if ((json as { format?: unknown }).format !== FORMAT) {
    const isReport = 'hops' in (json as object) && 'verdict' in (json as object);
    throw new SavedFileError(
      `${file}: ${isReport ? 'this is a report' : 'not saved observations'}, expected a file written by unclog probe --save`,
    );
  }
  const parsed = savedSchema.safeParse(json);
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error).split('\n').slice(0, 2).join(' ').replace(/\s+/g, ' ');
    throw new SavedFileError(`${file}: not saved observations of this version: ${why}`);
  }
  const { observations, payload, judge } = parsed.data;
  // The schema checks what is read here; members it does not know pass through.
  return { observations: observations as Observation[], payloadKept: payload === 'kept', judge };
}
