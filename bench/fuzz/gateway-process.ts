import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Setup } from './profile.ts';

/** Answers each message with the memory in use after a collection. */
const PROBE = `process.on('message', () => {
  gc(); gc();
  process.send({ ...process.memoryUsage(), handles: process.getActiveResourcesInfo().length });
});`;

/** Memory of the gateway's process after a collection, in bytes, and how many handles and timers it has. */
export interface Usage {
  rss: number;
  heapUsed: number;
  handles: number;
}

/** What it wrote to stderr: where it listens, and the last lines. */
interface Log {
  first: string[];
  last: string[];
}

/** `unclog gateway` in a process of its own. */
export class GatewayProcess {
  readonly port: number;
  /** Over TLS; null where it does not speak that. */
  readonly tlsPort: number | null;
  readonly adminUrl: string | null;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #setup: Setup;
  readonly #log: Log;

  private constructor(child: ChildProcess, setup: Setup, log: Log) {
    const portOf = (scheme: string): number | null => {
      const found = log.first.map(
        (line) => new RegExp(`^listening on ${scheme}://.*:(\\d+)$`).exec(line)?.[1],
      );
      return Number(found.find((port) => port !== undefined)) || null;
    };
    this.#child = child;
    this.#setup = setup;
    this.#log = log;
    this.port = portOf('http') as number;
    this.tlsPort = portOf('https');
    this.adminUrl = log.first.map((line) => /^admin on (\S+)$/.exec(line)?.[1]).find(Boolean) ?? null;
    this.pid = child.pid as number;
  }

  /**
   * @param folder with `bin/unclog.js` and the compiled sources
   * @param onLine gets what it writes to stderr, line by line
   */
  static async start(folder: string, setup: Setup, onLine: (line: string) => void): Promise<GatewayProcess> {
    const args = [
      ...['--expose-gc', '--max-old-space-size=192'],
      ...['--import', `data:text/javascript,${encodeURIComponent(PROBE)}`],
      ...[join(folder, 'bin/unclog.js'), 'gateway', ...setup.args],
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const log: Log = { first: [], last: [] };
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        if (/^(?:listening|admin) on /.test(line)) {
          log.first.push(line);
          // All of these come in one turn.
          setImmediate(() => setTimeout(resolve, 50));
          return;
        }
        onLine(line);
        if (log.last.push(line) > 50) log.last.shift();
      });
      child.once('exit', (code) =>
        reject(new Error(`the gateway did not start (${code}): ${log.last.join('\n')}`)),
      );
    });
    return new GatewayProcess(child, setup, log);
  }

  /** How it ended, with the last it said, or null while it runs. */
  get death(): string | null {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null
      ? null
      : `${exitCode ?? signalCode}: ${this.#log.last.join('\n')}`;
  }

  /** Null when the process has ended. */
  async usage(): Promise<Usage | null> {
    if (!this.#child.connected) return null;
    const answered = once(this.#child, 'message').then(([usage]) => usage as Usage);
    const ended = once(this.#child, 'exit').then(() => null);
    this.#child.send('usage');
    return await Promise.race([answered, ended]);
  }

  /** Open file descriptors; null where the system does not show them. */
  descriptors(): number | null {
    try {
      return readdirSync(`/proc/${this.pid}/fd`).length;
    } catch {
      return null;
    }
  }

  /** Its open sockets, one a line: local and remote port and the state, as the kernel has them. */
  sockets(): string {
    const inodes = new Set(
      readdirSync(`/proc/${this.pid}/fd`).map((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${this.pid}/fd/${fd}`))?.[1];
        } catch {
          return undefined;
        }
      }),
    );
    const port = (address = ''): number => Number.parseInt(address.split(':')[1] ?? '', 16);
    return readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/ +/))
      .filter((columns) => inodes.has(columns[9]))
      .map(([, local, remote, state]) => `${port(local)} -> ${port(remote)} state ${state}`)
      .join('\n');
  }

  /** Waits until there are no more descriptors than given, for at most so long; returns how many there are. */
  async settle(wanted: number | null, withinMs: number): Promise<number | null> {
    const until = performance.now() + withinMs;
    for (;;) {
      const now = this.descriptors();
      if (now === null || wanted === null || now <= wanted || performance.now() > until) return now;
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    this.#setup.remove();
    if (this.death !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
