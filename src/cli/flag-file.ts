import { readFileSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** Reads the file that a flag names; `-` is stdin. */
export function readFlagFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file' : (error as Error).message;
    throw new UsageError(`${flag}: cannot read ${path}: ${why}`);
  }
}
