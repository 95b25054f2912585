import { type ParseArgsConfig, parseArgs } from 'node:util';
import { BenchError } from './bench-error.ts';

type FlagKinds = NonNullable<ParseArgsConfig['options']>;

/**
 * The flags on a command line.
 * @param usage shown below the sentence about a wrong one
 * @throws BenchError when one is unknown or lacks its value
 */
export function parseFlags<T extends FlagKinds>(argv: readonly string[], options: T, usage: string) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n${usage}`);
  }
}

/** Names separated by commas, in the order of the known ones. @throws BenchError for an unknown one */
export function readNames<T extends string>(flag: string, text: string, known: readonly T[]): T[] {
  const asked = text.split(',').map((name) => name.trim());
  for (const name of asked) {
    if (!known.includes(name as T))
      throw new BenchError(`${flag}: "${name}" is unknown, expected one of ${known.join(', ')}`);
  }
  return known.filter((name) => asked.includes(name));
}

/** @throws BenchError when it is not a whole number within the bounds */
export function readWhole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < least || value > most)
    throw new BenchError(`${flag}: "${text}" is unusable, expected a whole number from ${least} to ${most}`);
  return value;
}
