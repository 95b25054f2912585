import { z } from 'zod';
import {
  DURATION_PATTERN,
  readAddress,
  readCount,
  readDuration,
  readSize,
  SIZE_PATTERN,
  UnitError,
  writeDuration,
  writeSize,
} from '../../units.ts';
import { didYouMean } from '../nearest-name.ts';
import { readListen } from './listen-address.ts';

/** What is said of a key besides its type; shown in the reference and in the JSON Schema. */
export interface About {
  description: string;
  /** What holds where the key is not given, as it would be written. */
  preset?: string | number | boolean | readonly string[] | undefined;
  /** Never shown by `--print-config`. */
  secret?: boolean;
}

/** A value that is written as one word; `read` says what it means, and throws {@link UnitError} where it means nothing. */
function word<T>(read: (text: string) => T, about: About & Record<string, unknown>) {
  return z
    .unknown()
    .transform((input, context): T => {
      const isWord = typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean';
      try {
        if (input === undefined) throw new UnitError('is missing');
        if (!isWord) throw new UnitError('expected one value');
        return read(String(input));
      } catch (error) {
        if (!(error instanceof UnitError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    })
    .meta(about);
}

/** As {@link word}; `off` is null. */
function wordOrOff<T>(read: (text: string) => T, about: About & Record<string, unknown>) {
  return word((text): T | null => (text === 'off' || text === 'false' ? null : read(text)), about);
}

/** A duration in milliseconds. */
export function duration(description: string, presetMs: number) {
  return word(readDuration, {
    ...{ type: 'string', pattern: DURATION_PATTERN, form: 'duration' },
    ...{ description, preset: writeDuration(presetMs) },
  });
}

/** A duration in milliseconds, or null for `off`, which is the default. */
export function durationOrOff(description: string) {
  return wordOrOff(readDuration, {
    ...{ type: 'string', pattern: `${DURATION_PATTERN}|^off$`, form: 'duration or `off`' },
    ...{ description, preset: 'off' },
  });
}

/** A size in bytes. */
export function size(description: string, presetBytes: number) {
  return word(readSize, {
    ...{ type: 'string', pattern: SIZE_PATTERN, form: 'size' },
    ...{ description, preset: writeSize(presetBytes) },
  });
}

/** A size in bytes, or null for `off`, which is the default. */
export function sizeOrOff(description: string) {
  return wordOrOff(readSize, sizeOrOffAbout(description));
}

/** A size in bytes, or 0 for `off`, which is the default. */
export function sizeOrNone(description: string) {
  return word(
    (text) => (text === 'off' || text === 'false' ? 0 : readSize(text)),
    sizeOrOffAbout(description),
  );
}

function sizeOrOffAbout(description: string) {
  return {
    ...{ type: 'string', pattern: `${SIZE_PATTERN}|^off$`, form: 'size or `off`' },
    ...{ description, preset: 'off' },
  };
}

/** A whole number of at least `least`. */
export function count(description: string, preset: number, least = 1) {
  return word((text) => readCount(text, least), {
    ...{ type: 'integer', minimum: least, form: 'number', description, preset },
  });
}

/** A whole number of at least 1, or null for `off`, which is the default. */
export function countOrOff(description: string) {
  return wordOrOff(readCount, {
    ...{ anyOf: [{ type: 'integer', minimum: 1 }, { const: 'off' }], form: 'number or `off`' },
    ...{ description, preset: 'off' },
  });
}

const ADDRESS = {
  type: 'string',
  pattern: '^(\\[[0-9a-fA-F:.]+\\]|[^:\\[\\]]*):\\d{1,5}$',
  form: 'HOST:PORT',
};

/** An address to listen on, or a unix socket. */
export function address(about: About) {
  const pattern = `${ADDRESS.pattern}|^unix:/.`;
  return word(readListen, { ...ADDRESS, pattern, form: 'HOST:PORT or `unix:/PATH`', ...about });
}

/** An address to listen on, or null for `off`, which is the default. */
export function addressOrOff(description: string) {
  return wordOrOff(readAddress, {
    ...ADDRESS,
    pattern: `${ADDRESS.pattern}|^off$`,
    description,
    preset: 'off',
  });
}

/** Any text; what may be in it is checked where it is used. */
export function text(about: About, form = 'text') {
  return word(String, { type: 'string', form, ...about });
}

/** Any text, or null for `off`, which is the default. */
export function textOrOff(
  description: string,
  about: { secret?: boolean; form?: string; preset?: string | undefined } = {},
) {
  return wordOrOff(String, { type: 'string', form: 'text or `off`', description, preset: 'off', ...about });
}

/** One of a few words. */
export function choice<const T extends string>(choices: readonly T[], about: About) {
  const list = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
  return word(
    (text): T => {
      const found = choices.find((name) => name === text);
      if (found === undefined)
        throw new UnitError(`"${text}" is not known here, expected ${list}${didYouMean(text, choices)}`);
      return found;
    },
    { enum: choices, form: choices.map((name) => `\`${name}\``).join(', '), ...about },
  );
}

/** `true` or `false`. */
export function onOrOff(description: string, preset: boolean) {
  return z.boolean().meta({ form: '`true` or `false`', description, preset });
}

/** Texts; one of them may stand without a list. */
export function texts(about: About, form = 'list of texts') {
  return z
    .union([z.array(text({ description: '' })), text({ description: '' }).transform((one) => [one])])
    .meta({ form, ...about });
}

/** A value with a reader of its own. */
export function special<T>(read: (text: string) => T, about: About & Record<string, unknown>) {
  return word(read, about);
}

/**
 * A mapping with these keys and no others. An unknown one is an error with the nearest known one.
 */
export function block<T extends z.core.$ZodShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      // One line for each key, in their order: check-config.ts takes them apart.
      return issue.keys
        .map((key) => `is not known here${didYouMean(key, known) || `, expected one of ${known.join(', ')}`}`)
        .join('\n');
    },
  });
}

/** Renames keys; those that are not given stay away. */
export function renamed<T extends object, const M extends Partial<Record<keyof T, string>>>(
  values: T,
  names: M,
): Renamed<T, M> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [(names as Record<string, string>)[key] ?? key, value]),
  ) as Renamed<T, M>;
}

type Renamed<T, M> = { [K in keyof T as K extends keyof M ? M[K] & string : K]: T[K] };
