import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { HopOptions, RunningHop } from './hop.ts';
import { type ConfName, confFor } from './nginx-conf.ts';
import { CONF_VARIABLE, onPort, startWatched, watcherArguments } from './watched-nginx.ts';

const run = promisify(execFile);

/** Where nginx lies when PATH does not name it: a normal user's PATH on Debian lacks the sbin folders. */
const USUAL_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/nginx/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
];

/** An nginx on this machine. */
export interface NginxBinary {
  path: string;
  /** As `nginx -v` says it, e.g. `nginx/1.22.1`. */
  name: string;
}

/**
 * Looks for a usable nginx on PATH, then in the usual folders.
 * @param wanted look at this file only
 * @returns null when there is none (on Windows always: the demonstration needs a POSIX shell)
 */
export async function findNginx(wanted?: string): Promise<NginxBinary | null> {
  if (process.platform === 'win32') return null;
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...USUAL_FOLDERS,
  ];
  const candidates = wanted === undefined ? folders.map((folder) => join(folder, 'nginx')) : [wanted];
  for (const path of new Set(candidates)) {
    const name = await nginxName(path);
    if (name !== null) return { path, name };
  }
  return null;
}

async function nginxName(path: string): Promise<string | null> {
  try {
    await access(path, constants.X_OK);
    const { stderr } = await run(path, ['-v'], { timeout: 10_000 });
    return /nginx version: (\S+)/.exec(stderr)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** A running nginx. */
export interface NginxServer {
  /** Base URL without a trailing slash. */
  url: string;
  port: number;
  /** Its private folder: configuration, pid and temporary files. Gone after `close`. */
  folder: string;
  /** What it wrote to its standard error so far. */
  messages(): string;
  close(): Promise<void>;
}

/**
 * Starts nginx on a port of 127.0.0.1, a free one unless told otherwise, with the configuration that `conf` makes for
 * that port and a fresh folder. The configuration must put the pid file at `nginx.pid` in that folder.
 * @throws NginxStartError
 */
export async function startNginxWith(
  binary: NginxBinary,
  conf: (place: { port: number; folder: string }) => string | Promise<string>,
  wantedPort?: number,
): Promise<NginxServer> {
  return onPort(wantedPort, async (port) => {
    const folder = await mkdtemp(join(tmpdir(), 'unclog-nginx-'));
    // Started as root, nginx works as another user, who must reach the folders below this one.
    await chmod(folder, 0o711);
    try {
      const args = watcherArguments(binary.path, folder, logOptions(binary.name));
      const nginx = await startWatched('sh', args, { [CONF_VARIABLE]: await conf({ port, folder }) });
      return { url: `http://127.0.0.1:${port}`, port, folder, messages: nginx.messages, close: nginx.close };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  });
}

/** Since 1.19.5 nginx can be told where to log before it has read its configuration; before, it warns. */
function logOptions(name: string): string[] {
  const [major = 0, minor = 0, patch = 0] = (/\/(\d+)\.(\d+)\.(\d+)/.exec(name)?.slice(1) ?? []).map(Number);
  const known = major > 1 || (major === 1 && (minor > 19 || (minor === 19 && patch >= 5)));
  return known ? ['-e', 'stderr'] : [];
}

/** Starts nginx with one of the files in `nginx/`, moved to another address and to `upstream`. */
export async function startNginx(
  binary: NginxBinary,
  name: ConfName,
  upstream: string,
  { host = '127.0.0.1', port: wantedPort, directives }: HopOptions = {},
): Promise<RunningHop> {
  const server = await startNginxWith(
    binary,
    ({ port, folder }) => confFor(name, { listen: `${host}:${port}`, upstream, folder }, directives),
    wantedPort,
  );
  // From the file that nginx was started with, not from what was meant to be in it.
  const conf = await readFile(join(server.folder, 'nginx.conf'), 'utf8');
  return { url: server.url, conf, close: server.close };
}
