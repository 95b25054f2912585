import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));

/** `unclog origin` in a process of its own, on a free port; `url` is its stream. */
export async function spawnOrigin(args: string[]): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [BIN, 'origin', '--listen', '127.0.0.1:0', '--log-level', 'silent', ...args],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const lines = createInterface({ input: child.stderr });
  for await (const line of lines) {
    const url = /^listening on (http:\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    return {
      url: new URL('stream', `${url}/`).href.replace(/([^:])\/\//, '$1/'),
      stop: async () => {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      },
    };
  }
  throw new Error(`unclog origin ended with ${child.exitCode} before it listened`);
}
