/** A request parameter that cannot be used; the message names it and says what was expected. Answered with 400. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
}

interface Range {
  min?: number;
  max: number;
}

const DURATION_MS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, m: 60_000 };
const SIZE_BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1_024, m: 1_048_576 };

/** Reads the query of an experiment endpoint. Every reader returns null for an absent parameter. */
export interface ParameterReader {
  count(name: string, range: Range): number | null;
  /** Milliseconds: `250`, `250ms`, `2s`, `1m`. */
  durationMs(name: string, range: Range): number | null;
  /** Bytes: `600`, `600b`, `2k`. */
  sizeBytes(name: string, range: Range): number | null;
  choice<T extends string>(name: string, choices: readonly T[]): T | null;
  /** Comma-separated choices; `all` stands for all of them. */
  choices<T extends string>(name: string, choices: readonly T[]): T[] | null;
  /** Text of a given form; `expected` ends the sentence that refuses another one. */
  text(name: string, form: RegExp, expected: string): string | null;
  /** @throws ParameterError when `value` is null. */
  required<T>(name: string, value: T | null): T;
  /** @throws ParameterError when the query has a parameter that no reader asked for: a typo must not go unseen. */
  refuseOthers(): void;
}

export function createParameterReader(query: URLSearchParams): ParameterReader {
  const asked = new Set<string>();

  function text(name: string, form: RegExp, expected: string): string | null {
    asked.add(name);
    const values = query.getAll(name);
    if (values.length > 1) throw new ParameterError(`Parameter "${name}" is given twice.`);
    const value = values[0];
    if (value === undefined) return null;
    if (!form.test(value))
      throw new ParameterError(`Parameter "${name}" is ${quote(value)}, expected ${expected}.`);
    return value;
  }

  function measure(name: string, units: Readonly<Record<string, number>>, range: Range, expected: string) {
    const min = range.min ?? 0;
    const full = `${expected} from ${min} to ${range.max}`;
    const value = text(name, new RegExp(`^\\d{1,12}(${Object.keys(units).join('|')})$`), full);
    if (value === null) return null;
    const [, digits = '', unit = ''] = /^(\d+)(\D*)$/.exec(value) ?? [];
    const amount = Number(digits) * (units[unit] ?? Number.NaN);
    if (amount < min || amount > range.max) {
      throw new ParameterError(`Parameter "${name}" is ${quote(value)}, expected ${full}.`);
    }
    return amount;
  }

  return {
    text,
    count: (name, range) => measure(name, { '': 1 }, range, 'a whole number'),
    durationMs: (name, range) => measure(name, DURATION_MS, range, 'milliseconds (or 250ms, 2s)'),
    sizeBytes: (name, range) => measure(name, SIZE_BYTES, range, 'bytes (or 600b, 2k)'),
    choice: <T extends string>(name: string, choices: readonly T[]) =>
      text(name, oneOf(choices), `one of ${choices.join(', ')}`) as T | null,
    choices<T extends string>(name: string, choices: readonly T[]) {
      const one = oneOf(choices).source.slice(1, -1);
      const expected = `all, or some of ${choices.join(', ')} with commas between`;
      const value = text(name, new RegExp(`^(all|${one}(,${one})*)$`), expected);
      if (value === null) return null;
      return value === 'all' ? [...choices] : (value.split(',') as T[]);
    },
    required(name, value) {
      if (value === null) throw new ParameterError(`Parameter "${name}" is missing.`);
      return value;
    },
    refuseOthers() {
      const other = [...query.keys()].find((name) => !asked.has(name));
      if (other === undefined) return;
      const known = [...asked].join(', ');
      throw new ParameterError(`Parameter ${quote(other)} is not known here, expected some of ${known}.`);
    },
  };
}

function oneOf(choices: readonly string[]): RegExp {
  return new RegExp(`^(${choices.join('|')})$`);
}

/** A value from outside, printable and short. */
function quote(value: string): string {
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return `"${shown.replaceAll(/[^\x20-\x7e…]/g, '?')}"`;
}
