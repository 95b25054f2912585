import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of this checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a finished command left behind. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end in a folder; a failing one resolves too, with its exit code. */
export function runIn(folder: string, timeoutMs: number, file: string, ...args: string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: timeoutMs, env: outsideEnvironment(), maxBuffer: 16_777_216 };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number')
        reject(new Error(`${file}: ${error.message}\n${stderr}`));
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** An empty folder outside the checkout, and a function that removes it. */
export async function makeFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'unclog-test-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** This environment without what npm and vitest put there: npm run inside npm would take this checkout for the other. */
function outsideEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$)/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}
