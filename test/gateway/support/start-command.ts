import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../../../bin/unclog.js', import.meta.url));

export interface RunningCommand {
  child: ChildProcess;
  port: number;
  /** Base URL of the admin server; null unless it was asked for with `--admin`. */
  adminUrl: string | null;
  stderr(): string;
  stdout(): string;
  /** Log lines so far. */
  log(): Record<string, unknown>[];
  /** The ports of so many listeners, once it says that it listens on all of them. */
  ports(count: number): Promise<number[]>;
}

/** Starts `unclog gateway` and resolves once it says that it listens, on the admin address too if there is one. */
export async function startCommand(args: string[], env: NodeJS.ProcessEnv = {}): Promise<RunningCommand> {
  const child = spawn(process.execPath, [BIN, 'gateway', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  let stdout = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text;
  });
  const hasAdmin = args.includes('--admin');
  const [port, adminUrl] = await new Promise<[number, string | null]>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => {
      stderr += text;
      const found = /^listening on https?:\/\/127\.0\.0\.1:(\d+)$/m.exec(stderr);
      const admin = /^admin on (http:\S+)$/m.exec(stderr);
      if (found !== null && (admin !== null || !hasAdmin)) resolve([Number(found[1]), admin?.[1] ?? null]);
    });
    child.once('close', (code) => reject(new Error(`ended with ${code}: ${stderr}`)));
  });
  const log = () =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ports = async (count: number): Promise<number[]> => {
    for (let tries = 0; tries < 1_000; tries++) {
      const found = [...stderr.matchAll(/^listening on http:\/\/127\.0\.0\.1:(\d+)$/gm)];
      if (found.length === count) return found.map((match) => Number(match[1]));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`not ${count} listeners: ${stderr}`);
  };
  return { child, port, adminUrl, stderr: () => stderr, stdout: () => stdout, log, ports };
}
