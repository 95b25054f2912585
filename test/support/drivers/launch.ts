import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../../src/demo/watched-nginx.ts';
import type { Driver, Launch, RunningIntermediary } from './driver.ts';
import { DRIVERS, type DriverId } from './index.ts';

export type { RunningIntermediary };

/** Servers live in sbin folders, which an ordinary user's PATH often lacks. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;

/** The installed product's version; null where it is not installed. */
export async function installedVersion(id: DriverId): Promise<string | null> {
  const { command, pattern } = DRIVERS[id].version;
  const [file, ...args] = command;
  const options = { timeout: 20_000, env: { ...process.env, PATH } };
  const answer = await promisify(execFile)(file, args, options).catch(() => null);
  return answer === null ? null : (pattern.exec(answer.stdout + answer.stderr)?.[1] ?? 'unknown');
}

const START_TRIES = 3;

/**
 * Starts the real product with a configuration. It ends with `close`, and at the latest with this process.
 * @param text a configuration as in `configs/`
 * @param upstream base URL on 127.0.0.1 that it forwards to; must answer `/healthz`
 */
export async function launch(id: DriverId, text: string, upstream: string): Promise<RunningIntermediary> {
  for (let left = START_TRIES; ; left--) {
    try {
      return await launchOnce(id, text, upstream);
    } catch (error) {
      // Somebody may have taken the port in the meantime.
      if (left <= 1) throw error;
    }
  }
}

async function launchOnce(id: DriverId, text: string, upstream: string): Promise<RunningIntermediary> {
  const driver: Driver = DRIVERS[id];
  const port = await freePort();
  const upstreamPort = Number(new URL(upstream).port);
  const folder = await mkdtemp(join(tmpdir(), `unclog-${id}-`));
  // Started as root, most of them work as another user, who must reach this folder.
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'home'));
  await mkdir(join(folder, 'cache'));
  await chmod(join(folder, 'cache'), 0o777);
  const place: Launch = { file: join(folder, `config.${driver.extension}`), folder, port, upstreamPort };
  const placed = placeConfig(text, driver.listens ? port : null, upstreamPort);
  await writeFile(place.file, (await driver.frame?.(placed, place)) ?? placed);
  const child = spawnWatched(driver.command(place), folder);
  const scheme = driver.speaksTls?.(placed) ? 'https' : 'http';
  const url = `${scheme}://127.0.0.1:${port}`;
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

/** A program that runs for a test. */
export interface Watched {
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

/** Runs a command in a folder of its own until `stop`, and at the latest until this process ends; then removes the folder. */
export function spawnWatched(command: readonly string[], folder: string): Watched {
  const child = spawn('sh', ['-c', WATCHER, 'unclog-test', folder, ...command], {
    cwd: folder,
    env: { ...process.env, PATH, HOME: join(folder, 'home') },
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
    if (await isAnswered(url)) return;
    if (child.ended()) throw new Error('it ended');
    if (performance.now() > until) throw new Error(`no answer within ${READY_WITHIN_MS / 1_000} s`);
    await delay(50);
  }
}

function isAnswered(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? https.get : http.get;
    const request = send(url, { agent: false, timeout: 2_000, rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}
