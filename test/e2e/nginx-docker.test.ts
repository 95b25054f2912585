import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  containerCommand,
  DEFAULT_IMAGE,
  type DockerNginx,
  findDockerNginx,
  startDockerNginx,
} from '../../src/demo/docker-nginx.ts';
import { readConf } from '../../src/demo/nginx-conf.ts';
import { freePort } from '../../src/demo/watched-nginx.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { runLockstep } from '../support/lockstep-client.ts';
import { hasTool } from '../support/tools.ts';

/** scripts/base-images.sh makes the second one where no registry is reached. */
const IMAGES = [process.env.NGINX_OLD_IMAGE, 'unclog-base-nginx:host', DEFAULT_IMAGE];

async function firstImage(): Promise<DockerNginx | null> {
  if (!hasTool('docker')) return null;
  for (const image of IMAGES) {
    const found = image ? await findDockerNginx(image) : null;
    if (found !== null) return found;
  }
  return null;
}

const found = await firstImage();
if (found === null && hasTool('docker') && process.env.UNCLOG_REQUIRE === 'all') {
  throw new Error(`none of these images is here: ${IMAGES.join(', ')}; run scripts/base-images.sh`);
}

describe.skipIf(found === null)('nginx for the demonstration, in a container', () => {
  const docker = found as DockerNginx;
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  afterAll(() => origin.close());

  /** Containers of this image that have to do with this port. */
  function containersOn(port: number): number {
    const running = ['ps', '-q', '--filter', `ancestor=${docker.image}`];
    const ids = execFileSync('docker', running, { encoding: 'utf8' }).split('\n');
    return ids.filter((id) => id !== '' && inspect(id).includes(String(port))).length;
  }

  it('is not found under the name of an image that is not here', async () => {
    expect(await findDockerNginx('unclog-test-no-such-image:none')).toBeNull();
  });

  it('says its version', () => {
    expect(docker.name).toMatch(/^nginx\/\d+\.\d+/);
  });

  it('holds with buffered.conf, and is gone after close', async () => {
    const hop = await startDockerNginx(docker, 'buffered', origin.url);
    const port = Number(new URL(hop.url).port);
    expect(containersOn(port)).toBe(1);
    const run = { through: hop.url, direct: origin.url, events: 5, patienceMs: 1_000 };
    expect(await runLockstep(run)).toMatchObject({ stalledAt: 1 });
    await hop.close();
    expect(containersOn(port)).toBe(0);
  });

  it('lets head and 50 events pass with passthrough.conf', async () => {
    const hop = await startDockerNginx(docker, 'passthrough', origin.url);
    const run = { through: hop.url, direct: origin.url, events: 50, awaitHead: true };
    expect(await runLockstep(run)).toMatchObject({ delivered: 50, stalledAt: null });
    await hop.close();
  });

  it('goes when the program that started it is killed', async () => {
    const port = await freePort();
    const conf = await readConf('buffered');
    const { args, environment } = containerCommand(docker, conf, origin.url, port);
    const script = `require('node:child_process').spawn('docker', JSON.parse(process.argv[1]),
      { stdio: ['pipe', 'inherit', 'ignore'], detached: true }); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script, JSON.stringify(args)], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(parent.stdout, 'data');
    expect(containersOn(port)).toBe(1);
    parent.kill('SIGKILL');
    while (containersOn(port) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  });
});

function inspect(container: string): string {
  try {
    return execFileSync('docker', ['inspect', container], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    // Gone since it was listed.
    return '';
  }
}
