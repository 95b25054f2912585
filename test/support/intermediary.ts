import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/demo/watched-nginx.ts';
import { type ProbeOptions, runProbe } from '../../src/probe/run-probe.ts';
import type { ProbeTarget } from '../../src/probe/targets.ts';
import type { Report } from '../../src/types.ts';

/** The two configurations each product has in `configs/`. */
export type Kind = 'buffering' | 'passthrough';

interface Launch {
  /** Where the shipped configuration lies once it is moved. */
  file: string;
  folder: string;
  port: number;
}

interface Product {
  extension: string;
  /** False where the port to listen on is given on the command line. */
  listens: boolean;
  /** What the test adds around a file that is meant for an existing installation. */
  frame?: (text: string, launch: Launch) => string;
  command: (launch: Launch) => [command: string, ...args: string[]];
}

const PRODUCTS = {
  haproxy: {
    extension: 'cfg',
    listens: true,
    command: ({ file }) => ['haproxy', '-db', '-q', '-f', file],
  },
  caddy: {
    extension: 'Caddyfile',
    listens: true,
    // The admin endpoint has a fixed port.
    frame: (text) => `{\n\tadmin off\n}\n${text}`,
    command: ({ file }) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
  },
  apache: {
    extension: 'conf',
    listens: true,
    frame: (text, { folder }) => `${apacheServer(folder)}\n${text}`,
    command: ({ file, folder }) => ['apache2', '-d', folder, '-f', file, '-DFOREGROUND'],
  },
  lighttpd: {
    extension: 'conf',
    listens: true,
    frame: (text, { folder }) => replaceAll(text, '"/var/www/html"', `"${folder}"`),
    command: ({ file }) => ['lighttpd', '-D', '-f', file],
  },
  varnish: {
    extension: 'vcl',
    listens: false,
    command: ({ file, folder, port }) =>
      ['varnishd', '-F', '-n', join(folder, 'work'), '-f', file].concat([
        ...[
          '-a',
          `127.0.0.1:${port}`,
          '-s',
          'malloc,16m',
          '-p',
          'thread_pools=1',
          '-p',
          'thread_pool_min=20',
        ],
      ]) as [string, ...string[]],
  },
  nghttpx: {
    extension: 'conf',
    listens: true,
    command: ({ file }) => ['nghttpx', `--conf=${file}`, '--workers=1'],
  },
} satisfies Record<string, Product>;

/** Products with a folder in `configs/`; each is the name of a tool and of a file in the knowledge base too. */
export type ProductId = keyof typeof PRODUCTS;
export const PRODUCT_IDS = Object.keys(PRODUCTS) as ProductId[];

/** A real intermediary for a test. */
export interface RunningIntermediary {
  /** Base URL without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

export interface IntermediaryOptions {
  /** Base URL on 127.0.0.1 that it forwards to; must answer `/healthz`. */
  upstream: string;
  /** Changes the shipped text, to see what one line does. */
  edit?: (text: string) => string;
}

/** Path of a shipped configuration in this repository, e.g. `configs/haproxy/buffering.cfg`. */
export function configPath(id: ProductId, kind: Kind): string {
  return `configs/${id}/${kind}.${PRODUCTS[id].extension}`;
}

/** The text of a shipped configuration. */
export async function readConfig(id: ProductId, kind: Kind): Promise<string> {
  return readFile(new URL(`../../${configPath(id, kind)}`, import.meta.url), 'utf8');
}

/** Replaces a text that must be there. */
export function replaceAll(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the configuration lacks ${JSON.stringify(from)}`);
  return text.replaceAll(from, to);
}

const START_TRIES = 3;

/** Starts the real product with its file in `configs/`. It ends with `close`, and at the latest with this process. */
export async function startIntermediary(
  id: ProductId,
  kind: Kind,
  options: IntermediaryOptions,
): Promise<RunningIntermediary> {
  const shipped = await readConfig(id, kind);
  const text = options.edit?.(shipped) ?? shipped;
  for (let left = START_TRIES; ; left--) {
    try {
      return await startOnce(id, text, options.upstream);
    } catch (error) {
      // Somebody may have taken the port in the meantime.
      if (left <= 1) throw error;
    }
  }
}

async function startOnce(id: ProductId, text: string, upstream: string): Promise<RunningIntermediary> {
  const product: Product = PRODUCTS[id];
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), `unclog-${id}-`));
  // Started as root, most of them work as another user, who must reach this folder.
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'home'));
  const launch: Launch = { file: join(folder, 'config'), folder, port };
  const placed = placeConfig(text, product.listens ? port : null, Number(new URL(upstream).port));
  await writeFile(launch.file, product.frame?.(placed, launch) ?? placed);
  const child = spawnWatched(product.command(launch), folder);
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answering(`${url}/healthz`, child);
  } catch (error) {
    await close();
    throw new Error(`${id} did not start: ${(error as Error).message}\n${child.messages()}`);
  }
  return { url, close };
}

/** Moves a configuration to other ports: 8081 and 8082 are what the shipped files listen on, 8000 their upstream. */
function placeConfig(text: string, listenPort: number | null, upstreamPort: number): string {
  const unmet = new Set(listenPort === null ? ['upstream'] : ['upstream', 'listen']);
  const lines = text.split('\n').map((line) => {
    if (line.trimStart().startsWith('#')) return line;
    // In one go: a port put in must not be taken for one to replace.
    return line.replaceAll(/\b(?:8000|808[12])\b/g, (found) => {
      unmet.delete(found === '8000' ? 'upstream' : 'listen');
      return String(found === '8000' ? upstreamPort : (listenPort ?? found));
    });
  });
  if (unmet.size > 0) throw new Error(`the configuration has no port for: ${[...unmet].join(', ')}`);
  return lines.join('\n');
}

interface Watched {
  ended(): boolean;
  messages(): string;
  stop(): Promise<void>;
}

/** Runs a command in a folder for as long as our end of its standard input is open: `kill -9` on us ends both too. */
const WATCHER = `
exec 3<&0
dir=$1
shift
"$@" </dev/null 3<&- &
pid=$!
(while read -r _; do :; done <&3; kill -TERM $pid; sleep 3; kill -KILL $pid) >/dev/null 2>&1 &
exec 3<&-
wait $pid 2>/dev/null
code=$?
kill $! 2>/dev/null
cat "$dir/error.log" 2>/dev/null
rm -rf "$dir" 2>/dev/null
exit $code`;

const STOP_WITHIN_MS = 6_000;

function spawnWatched(command: readonly string[], folder: string): Watched {
  const child = spawn('sh', ['-c', WATCHER, 'unclog-test', folder, ...command], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`,
      HOME: join(folder, 'home'),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own, to end it as a whole.
    detached: true,
  });
  let messages = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      messages = (messages + text).slice(-8_192);
    });
  }
  child.stdin.on('error', () => {});
  const gone = once(child, 'close').catch(() => {});
  const ended = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  return { ended, messages: () => messages, stop: () => stop(child, gone, ended) };
}

async function stop(child: ChildProcess, gone: Promise<unknown>, ended: () => boolean): Promise<void> {
  child.stdin?.end();
  if (ended()) return;
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

const READY_WITHIN_MS = 20_000;

/** Waits until an answer comes through: some products listen before they can answer. */
async function answering(url: string, child: Watched): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    if (child.ended()) throw new Error('it ended');
    if (performance.now() > until) throw new Error(`no answer within ${READY_WITHIN_MS / 1_000} s`);
    await delay(50);
  }
}

/** What an installed Apache has in its main file, so that a site file can be run alone. */
function apacheServer(folder: string): string {
  const modules = ['mpm_event', 'authz_core', 'headers', 'env', 'setenvif', 'filter'];
  modules.push('proxy', 'proxy_http', 'ratelimit', 'deflate');
  const loads = modules.map((name) => `LoadModule ${name}_module ${apacheModules()}/mod_${name}.so`);
  return `ServerName 127.0.0.1
ServerRoot ${folder}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder}
ErrorLog ${folder}/error.log
User ${process.getuid?.() === 0 ? 'nobody' : `#${process.getuid?.()}`}
Group ${process.getgid?.() === 0 ? 'nogroup' : `#${process.getgid?.()}`}
StartServers 1
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
${loads.join('\n')}`;
}

/** Where distributions keep Apache's modules. */
const MODULE_FOLDERS = ['/usr/lib/apache2', '/usr/lib/httpd', '/usr/lib64/httpd', '/usr/local/apache2'];

function apacheModules(): string {
  const found = MODULE_FOLDERS.map((folder) => `${folder}/modules`).find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`no Apache modules in ${MODULE_FOLDERS.join(', ')}`);
  return found;
}

const PROBE_TRIES = 3;

/**
 * Probes; again when the report itself says that this machine was too busy for its numbers to be trusted, or that it
 * cannot tell what kind of hold it saw.
 */
export async function probeCalmly(targets: ProbeTarget[], options: ProbeOptions = {}): Promise<Report> {
  for (let left = PROBE_TRIES; ; left--) {
    const report = await runProbe(targets, options);
    const unsure =
      report.findings.some(({ id }) => id === 'overloaded-prober') ||
      report.hops.some(({ hold }) => hold?.kind === 'unknown');
    if (left <= 1 || !unsure) return report;
  }
}

/**
 * Whether a configuration has these lines, one after the other, indented as it likes. `  # …` in them is a remark,
 * and what stands in the configuration's own comments does not count.
 */
export function containsLines(config: string, lines: string): boolean {
  const flushLeft = (text: string) => text.replaceAll(/^[ \t]+/gm, '').replaceAll(/^#.*\n/gm, '');
  return flushLeft(config).includes(flushLeft(lines.split('  #')[0] ?? lines));
}
