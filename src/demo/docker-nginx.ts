import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { HopOptions, RunningHop } from './hop.ts';
import { type ConfName, changeConf, placeConf, readConf } from './nginx-conf.ts';
import { CONF_VARIABLE, onPort, startWatched, watcherArguments } from './watched-nginx.ts';

const run = promisify(execFile);

/** An official tag from before nginx 1.29.7. Never pulled: the demonstration sends nothing off this machine. */
export const DEFAULT_IMAGE = 'nginx:1.28';

/** An nginx image in a container engine on this machine. */
export interface DockerNginx {
  image: string;
  /** As `nginx -v` inside says it, e.g. `nginx/1.28.0`. */
  name: string;
  /**
   * How container and host reach each other. `host`: the container shares the host's network (Linux).
   * `published`: the engine runs in a virtual machine, so the port is published on the host's loopback, and
   * the host is reached by the name that Docker Desktop gives it.
   */
  network: 'host' | 'published';
}

/** Looks for a running engine that has the image. Null when either is missing. */
export async function findDockerNginx(image: string): Promise<DockerNginx | null> {
  try {
    const info = await run('docker', ['info', '--format', '{{.OSType}}|{{.OperatingSystem}}'], {
      timeout: 10_000,
    });
    await run('docker', ['image', 'inspect', '--format', '{{.Id}}', image], { timeout: 10_000 });
    const said = await run('docker', ['run', '--rm', ...CONFINED, '--entrypoint', 'nginx', image, '-v'], {
      timeout: 30_000,
    });
    const name = /nginx version: (\S+)/.exec(said.stderr)?.[1];
    if (name === undefined) return null;
    const virtual = /desktop/i.test(info.stdout) || process.platform !== 'linux';
    return { image, name, network: virtual ? 'published' : 'host' };
  } catch {
    return null;
  }
}

/** No rights, nothing writable but /tmp; 65534 is `nobody` wherever it is named. */
const CONFINED = [
  '--pull=never',
  '--user=65534:65534',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--read-only',
  '--tmpfs=/tmp:mode=1777',
];

/** The container's own, in memory. */
const FOLDER = '/tmp';
const INNER_PORT = 8081;

/**
 * Starts the image's nginx with one of the files in `nginx/`; the container goes when this process goes.
 * @param upstream a base URL on this host's loopback
 * @throws NginxStartError
 */
export async function startDockerNginx(
  docker: DockerNginx,
  conf: ConfName,
  upstream: string,
  { host = '127.0.0.1', port: wantedPort, directives = {} }: HopOptions = {},
): Promise<RunningHop> {
  const text = changeConf(await readConf(conf), directives);
  return onPort(wantedPort, async (port) => {
    const { args, environment } = containerCommand(docker, text, upstream, port, host);
    const nginx = await startWatched('docker', args, environment);
    return {
      url: `http://127.0.0.1:${port}`,
      conf: environment[CONF_VARIABLE] ?? '',
      close: nginx.close,
    };
  });
}

/** Arguments for `docker`, and the environment it needs, to run nginx for as long as its standard input is open. */
export function containerCommand(
  docker: DockerNginx,
  confText: string,
  upstream: string,
  port: number,
  host = '127.0.0.1',
): { args: string[]; environment: Record<string, string> } {
  const shared = docker.network === 'host';
  const network = shared ? ['--network=host'] : [`--publish=${host}:${port}:${INNER_PORT}`];
  const placed = placeConf(confText, {
    listen: shared ? `${host}:${port}` : `0.0.0.0:${INNER_PORT}`,
    upstream: shared ? upstream : `http://host.docker.internal:${new URL(upstream).port}`,
    folder: FOLDER,
  });
  const run = ['run', '--rm', '--interactive', ...CONFINED, ...network, `--env=${CONF_VARIABLE}`];
  const command = ['--entrypoint', 'sh', docker.image, ...watcherArguments('nginx', FOLDER)];
  return { args: [...run, ...command], environment: { [CONF_VARIABLE]: placed } };
}
