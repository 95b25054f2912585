import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from './targets.ts';

const READY_WITHIN_MS = 15_000;
const STOP_WITHIN_MS = 2_000;

/** Everything started and not yet over: what a signal has to end. */
const running = new Set<ChildProcess>();
const folders = new Set<string>();

/** Ends what this run has started, workers included, and removes its folders. Works in an exit handler. */
export function stopEverything(): void {
  for (const child of running) killTree(child.pid, 'SIGKILL');
  running.clear();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-bench-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** How a command ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

/** Runs a command to its end on one core. */
export async function runCommand(command: Command, core: number | null, timeoutMs: number): Promise<Ended> {
  const child = spawnPinned(command, core);
  const output = collect(child);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killTree(child.pid, 'SIGKILL');
  }, timeoutMs);
  const code = await ended(child);
  clearTimeout(timer);
  return { code, ...output, timedOut };
}

/** A proxy that listens. */
export interface Proxy {
  /** Main process and workers. */
  pids: number[];
  /** What it printed on stderr so far. */
  stderr(): string;
  /** Null while it runs. */
  exitCode(): number | null;
  stop(): Promise<void>;
}

/** Starts a proxy and waits until its port accepts connections. @throws Error when it does not in time */
export async function startProxy(command: Command, listenPort: number, core: number | null): Promise<Proxy> {
  const child = spawnPinned(command, core);
  const output = collect(child);
  const over = ended(child);
  const stderr = (): string =>
    command.logFile === undefined ? output.stderr : readFileSync(command.logFile, 'utf8');
  const until = performance.now() + READY_WITHIN_MS;
  while (!(await accepts(listenPort))) {
    if (child.exitCode !== null || performance.now() > until) {
      killTree(child.pid, 'SIGKILL');
      throw new Error(`does not listen: ${stderr().trim().split('\n').slice(-3).join(' ') || 'no message'}`);
    }
    await delay(20);
  }
  // A worker of nginx may appear just after its listening socket.
  await delay(100);
  return {
    pids: [child.pid as number, ...descendants(child.pid as number)],
    stderr,
    exitCode: () => child.exitCode,
    async stop() {
      killTree(child.pid, 'SIGKILL');
      await Promise.race([over, delay(STOP_WITHIN_MS)]);
    },
  };
}

/** A port below the range from which the system picks the ports of outgoing connections, free on 127.0.0.1. */
export async function freePort(): Promise<number> {
  for (;;) {
    nextPort = nextPort >= 31_900 ? 20_000 : nextPort + 1;
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(nextPort, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return nextPort;
  }
}
let nextPort = 20_000 + (process.pid % 10_000);

function spawnPinned({ file, args, env, logFile }: Command, core: number | null): ChildProcess {
  const log = logFile === undefined ? null : openSync(logFile, 'a');
  const options: SpawnOptions = {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', log ?? 'pipe'],
  };
  const child =
    core === null
      ? spawn(file, args, options)
      : spawn('taskset', ['-c', String(core), file, ...args], options);
  if (log !== null) closeSync(log);
  running.add(child);
  return child;
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  // A chatty proxy must neither block on a full pipe nor fill this process.
  const keep = (name: 'stdout' | 'stderr') => (data: Buffer) => {
    if (output[name].length < 1_000_000) output[name] += data.toString();
  };
  child.stdout?.on('data', keep('stdout'));
  child.stderr?.on('data', keep('stderr'));
  return output;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    const done = (code: number | null): void => {
      running.delete(child);
      resolve(code);
    };
    child.once('close', done);
    child.once('error', () => done(null));
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', done(true)).once('error', done(false));
  });
}

function killTree(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  for (const each of [pid, ...descendants(pid)]) {
    try {
      process.kill(each, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

/** Children, their children and so on. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      // The name may hold spaces and parentheses: the parent is the second field after the last one.
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found: number[] = [];
  const add = (parent: number): void => {
    for (const [child, its] of parents) {
      if (its !== parent) continue;
      found.push(child);
      add(child);
    }
  };
  add(pid);
  return found;
}
