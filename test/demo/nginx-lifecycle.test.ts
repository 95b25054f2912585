import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findHopSource, NoNginxError } from '../../src/demo/hop-source.ts';
import { findNginx, startNginxWith } from '../../src/demo/nginx.ts';
import { placeConf, readConf } from '../../src/demo/nginx-conf.ts';
import { CONF_VARIABLE, freePort, watcherArguments } from '../../src/demo/watched-nginx.ts';
import { startShippedNginx, startTestNginx } from '../support/nginx.ts';
import { hasTool } from '../support/tools.ts';

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe.skipIf(!hasTool('nginx'))('nginx for the demonstration', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('accepts connections once it is started, and is gone with its folder after close', async () => {
    const nginx = await startShippedNginx('buffered', 'http://127.0.0.1:9');
    expect(await accepts(nginx.port)).toBe(true);
    expect(await exists(join(nginx.folder, 'nginx.pid'))).toBe(true);
    await nginx.close();
    await nginx.close();
    expect(await accepts(nginx.port)).toBe(false);
    expect(await exists(nginx.folder)).toBe(false);
  });

  it('goes with its folder when the program that started it is killed', async () => {
    const binary = await findNginx();
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'unclog-test-'));
    const conf = placeConf(await readConf('buffered'), {
      listen: `127.0.0.1:${port}`,
      upstream: 'http://127.0.0.1:9',
      folder,
    });
    // A program that starts nginx under the watcher and then only waits: it gets no chance to tidy up.
    const script = `require('node:child_process').spawn('sh', JSON.parse(process.argv[1]),
      { stdio: ['pipe', 'inherit', 'ignore'], detached: true }); setInterval(() => {}, 1000);`;
    const args = JSON.stringify(watcherArguments(binary?.path ?? '', folder));
    const parent: ChildProcess = spawn(process.execPath, ['-e', script, args], {
      env: { ...process.env, [CONF_VARIABLE]: conf },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(parent.stdout as NodeJS.EventEmitter, 'data');
    expect(await accepts(port)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(async () => !(await accepts(port)));
    await eventually(async () => !(await exists(folder)));
  });

  it('is found outside PATH, where a normal user on Debian does not look', async () => {
    vi.stubEnv('PATH', '/nowhere');
    expect((await findNginx())?.name).toMatch(/^nginx\/\d/);
  });

  it('is found on PATH first', async () => {
    const real = await findNginx();
    const folder = await mkdtemp(join(tmpdir(), 'unclog-test-'));
    await symlink(real?.path ?? '', join(folder, 'nginx'));
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
    expect((await findNginx())?.path).toBe(join(folder, 'nginx'));
    await rm(folder, { recursive: true });
  });

  it('says what nginx said when the configuration is wrong', async () => {
    const started = startTestNginx({ upstream: 'http://127.0.0.1:9', location: 'proxy_bufferin off;' });
    await expect(started).rejects.toThrow(/unknown directive "proxy_bufferin"/);
  });

  it('takes another port when somebody took the first one', async () => {
    const taken = await startShippedNginx('buffered', 'http://127.0.0.1:9');
    const binary = await findNginx();
    if (binary === null) throw new Error('nginx vanished');
    let tries = 0;
    const second = await startNginxWith(binary, async ({ port, folder }) => {
      tries += 1;
      const listen = `127.0.0.1:${tries === 1 ? taken.port : port}`;
      return placeConf(await readConf('buffered'), { listen, upstream: 'http://127.0.0.1:9', folder });
    });
    expect(tries).toBe(2);
    expect(await accepts(second.port)).toBe(true);
    await second.close();
    await taken.close();
  });
});

describe('the choice of the hop', () => {
  it('refuses a file that is no nginx', async () => {
    await expect(findHopSource({ nginx: process.execPath })).rejects.toThrow(NoNginxError);
  });

  it('is the simulation when asked for, and says so in its name', async () => {
    const source = await findHopSource({ simulate: true });
    expect(source.kind).toBe('simulated');
    expect(source.name).toContain('simulated');
  });

  it.skipIf(!hasTool('nginx'))('is the nginx on this machine where there is one', async () => {
    const source = await findHopSource();
    expect(source).toMatchObject({ kind: 'nginx', name: expect.stringMatching(/^nginx\//) });
  });
});
