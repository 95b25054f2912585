import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { BenchError } from './bench-error.ts';

/** Where the figures come from. */
export interface Machine {
  cores: number;
  model: string;
  memoryMb: number;
  kernel: string;
  /** Hard limit on open files of one process. */
  openFiles: number;
  /** The load generator's core and the proxy's; null where there is only one, and nothing is pinned. */
  pinning: { generator: number; proxy: number } | null;
  /** Is the kernel's connection tracking on? It adds to every packet. */
  connectionTracking: boolean;
}

/** @throws BenchError off Linux */
export function readMachine(): Machine {
  if (process.platform !== 'linux')
    throw new BenchError(
      `this benchmark reads /proc and uses epoll, so it needs Linux, not ${process.platform}`,
    );
  return {
    cores: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryMb: Math.round(totalmem() / 1_048_576),
    kernel: release(),
    openFiles: hardLimit(),
    pinning: choosePinning(),
    connectionTracking: trackedConnections() !== null,
  };
}

/** Both ends of a stream are descriptors of one process; some are needed for other things. */
export function maxStreams(machine: Machine): number {
  return Math.floor((machine.openFiles - 400) / 2);
}

function hardLimit(): number {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return line?.[1] === 'unlimited' ? 1_048_576 : Number(line?.[1] ?? 1_024);
}

/** Two cores of this process's own set, not two threads of one core where that can be helped. */
function choosePinning(): Machine['pinning'] {
  const allowed = allowedCores();
  const [generator] = allowed;
  if (generator === undefined || allowed.length < 2 || findProgram('taskset') === null) return null;
  const siblings = coreList(
    readOr(`/sys/devices/system/cpu/cpu${generator}/topology/thread_siblings_list`, ''),
  );
  const proxy = allowed.find((core) => core !== generator && !siblings.includes(core)) ?? allowed[1];
  return { generator, proxy: proxy as number };
}

function allowedCores(): number[] {
  return coreList(/^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '');
}

/** `0-3,6` → 0, 1, 2, 3, 6. */
function coreList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
}

/** Entries in the kernel's connection tracking table and their limit, or null where there is none. */
export function trackedConnections(): { count: number; max: number } | null {
  const folder = '/proc/sys/net/netfilter';
  if (!existsSync(`${folder}/nf_conntrack_count`)) return null;
  const read = (name: string): number => Number(readFileSync(`${folder}/${name}`, 'utf8'));
  return { count: read('nf_conntrack_count'), max: read('nf_conntrack_max') };
}

/** Full path of a program, the folders for administrators included, or null. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
}

/** First line a command prints on either stream, or null when it fails. */
export function firstLine(command: string, args: readonly string[]): string | null {
  try {
    // nginx prints its version on stderr.
    return (
      execFileSync('/bin/sh', ['-c', '"$0" "$@" 2>&1', command, ...args], { encoding: 'utf8' }).split(
        '\n',
      )[0] ?? null
    );
  } catch {
    return null;
  }
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
