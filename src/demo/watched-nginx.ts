import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { listen } from '../http/listen.ts';

/**
 * Runs nginx for as long as our end of its standard input is open. Should this process die, even by
 * `kill -9`, the pipe closes, and nginx and its folder go too. The same script runs on this machine and inside
 * a container, also one that has a shell and nginx and nothing else. Arguments: nginx, an existing folder, further
 * nginx options; the configuration comes in UNCLOG_NGINX_CONF.
 */
const WATCHER = `
exec 3<&0
nginx=$1 dir=$2
shift 2
printf %s "$UNCLOG_NGINX_CONF" >"$dir/nginx.conf" || exit 1
"$nginx" -v
"$nginx" "$@" -p "$dir" -c "$dir/nginx.conf" -g 'daemon off;' </dev/null 3<&- &
pid=$!
trap 'kill -TERM $pid' TERM INT HUP
(while read -r _; do :; done <&3; kill -TERM $pid) >/dev/null 2>&1 &
(while kill -0 $pid; do [ -s "$dir/nginx.pid" ] && echo ready && exit; sleep 0.05; done) 3<&- 2>/dev/null &
exec 3<&-
wait $pid
code=$?
rm -rf "$dir" 2>/dev/null
exit $code`;

/** Arguments of `sh` that run nginx under the watcher. */
export function watcherArguments(nginx: string, folder: string, options: readonly string[] = []): string[] {
  return ['-c', WATCHER, 'unclog-nginx', nginx, folder, ...options];
}

/** Name of the environment variable in which the watcher expects the configuration text. */
export const CONF_VARIABLE = 'UNCLOG_NGINX_CONF';

/** nginx under the watcher. */
export interface WatchedNginx {
  /** As `nginx -v` says it, e.g. `nginx/1.22.1`. */
  name: string;
  /** Everything nginx wrote to its standard error so far. */
  messages(): string;
  /** Stops nginx at once and removes its folder. Safe to call twice. */
  close(): Promise<void>;
}

const READY_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 5_000;

/** nginx did not come up; `messages` is what it said. */
class NginxStartError extends Error {
  override readonly name = 'NginxStartError';
  readonly messages: string;
  constructor(reason: string, messages: string) {
    const said = messages.trim();
    super(`nginx did not start: ${reason}${said === '' ? '' : `\n${said}`}`);
    this.messages = messages;
  }
}

/**
 * Spawns a command that ends in the watcher (`sh …`, or `docker run … sh …`) and waits until nginx listens.
 * @throws NginxStartError when it does not.
 */
export async function startWatched(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<WatchedNginx> {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C reaches us alone, and we stop nginx in order.
    detached: true,
  });
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    messages = (messages + text).slice(-16_384);
  });
  child.stdin.on('error', () => {});
  const gone = once(child, 'close').catch(() => {});
  const close = () => stop(child, gone);
  try {
    await ready(child, () => messages);
  } catch (error) {
    await close();
    throw error;
  }
  const name = /nginx version: (\S+)/.exec(messages)?.[1] ?? 'nginx';
  return { name, messages: () => messages, close };
}

function ready(child: ChildProcess, messages: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new NginxStartError(reason, messages()));
    const timer = setTimeout(() => fail(`not ready within ${READY_WITHIN_MS / 1_000} s`), READY_WITHIN_MS);
    child.stdout?.once('data', () => resolve());
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => fail(`it ended with code ${code}`));
    const done = () => clearTimeout(timer);
    child.stdout?.once('data', done);
    child.once('error', done).once('close', done);
  });
}

async function stop(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  child.stdin?.end();
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const group = -child.pid;
  const timer = setTimeout(() => {
    try {
      process.kill(group, 'SIGKILL');
    } catch {
      // Gone in the meantime.
    }
  }, STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

const handedOut = new Set<number>();

/** A port that was free on 127.0.0.1 a moment ago, never the same one twice in this process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
    server.close();
    await once(server, 'close');
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    return port;
  }
}

const PORT_TRIES = 3;

/** Calls `start` with the port that is wanted, else with a free one, and with another if somebody took that first. */
export async function onPort<T>(wanted: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (wanted !== undefined) return start(wanted);
  for (let left = PORT_TRIES; ; left -= 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const taken = error instanceof NginxStartError && /address already in use/i.test(error.messages);
      if (!taken || left <= 1) throw error;
    }
  }
}
