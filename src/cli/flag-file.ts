import { readFileSync } from 'node:fs';
import { whyUnreadable } from '../unreadable.ts';
import { UsageError } from './usage-error.ts';

/** Reads the file that a flag names; `-` is stdin. */
export function readFlagFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new UsageError(`${flag}: cannot read ${path}: ${whyUnreadable(error)}`);
  }
}
