import { readAddress, readCount, readDuration, readSize, UnitError } from '../units.ts';
import { UsageError } from './usage-error.ts';

/** As the functions of ../units.ts, with the name of the flag in front of the message. */
function named<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnitError) throw new UsageError(`${flag}: ${error.message}`);
    throw error;
  }
}

/** `250ms`, `10s`, `2m`, `1h` → milliseconds. A bare number is refused: it does not say what it counts. */
export function parseDuration(flag: string, text: string): number {
  return named(flag, () => readDuration(text));
}

/** `4k`, `1m`, `512b` → bytes. A bare number is refused: it does not say what it counts. */
export function parseSize(flag: string, text: string): number {
  return named(flag, () => readSize(text));
}

/** A whole number of at least `least`. */
export function parseCount(flag: string, text: string, least = 1): number {
  return named(flag, () => readCount(text, least));
}

/** `127.0.0.1:8000`, `[::1]:8000`, `:8000`, `localhost:0` → host and port. */
export function parseAddress(flag: string, text: string): { host: string; port: number } {
  return named(flag, () => readAddress(text));
}
