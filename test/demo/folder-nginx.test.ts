import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { findHopSource } from '../../src/demo/hop-source.ts';
import { hasTool } from '../support/tools.ts';
import { openStream, startHandDrivenOrigin } from './hand-driven-origin.ts';

const SCRIPT = fileURLToPath(new URL('../../nginx/run-folder.sh', import.meta.url));

describe.skipIf(!hasTool('nginx'))('an nginx that is started through a folder', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function watchFolder() {
    const folder = await mkdtemp(join(tmpdir(), 'unclog-test-'));
    closers.push(() => rm(folder, { recursive: true }));
    const path = `${process.env.PATH}:/usr/sbin`;
    const child = spawn('sh', [SCRIPT, folder], {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, PATH: path },
    });
    const ended = once(child, 'close');
    closers.push(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    return { folder, source: await findHopSource({ folder }) };
  }

  it('says its version and where it comes from', async () => {
    const { folder, source } = await watchFolder();
    expect(source).toMatchObject({ kind: 'folder', from: folder });
    expect(source.name).toMatch(/^nginx\/[\d.]+$/);
  });

  it('runs with the file that lies there, and ends when that is taken away', async () => {
    const { folder, source } = await watchFolder();
    const origin = await startHandDrivenOrigin();
    closers.push(origin.close);
    const hop = await source.start('buffered', origin.url, { directives: { proxy_buffering: 'off' } });
    const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.conf'));
    expect(await readFile(join(folder, file), 'utf8')).toBe(hop.conf);
    const client = openStream(hop.url);
    const { res } = await origin.nextStream();
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.write('data: 1\n\n');
    await client.until('data: 1\n');
    client.socket.destroy();
    await hop.close();
    await expect(fetch(hop.url)).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['version']);
    const again = await source.start('passthrough', origin.url, { port: Number(new URL(hop.url).port) });
    expect(again.url).toBe(hop.url);
    await again.close();
  });

  it('says what nginx said when it does not start', async () => {
    const { source } = await watchFolder();
    const first = await source.start('buffered', 'http://127.0.0.1:9');
    closers.push(first.close);
    const port = Number(new URL(first.url).port);
    await expect(source.start('buffered', 'http://127.0.0.1:9', { port })).rejects.toThrow(
      /nginx did not start: .*bind\(\) to 127\.0\.0\.1:\d+ failed/,
    );
  }, 30_000);
});

it('a folder that is not there is said at once, and not waited for', async () => {
  const folder = join(tmpdir(), 'unclog-test-none');
  const startMs = performance.now();
  await expect(findHopSource({ folder })).rejects.toThrow(`there is no folder ${folder}`);
  // Somebody who is to run nginx for a folder that is there has 20 s.
  expect(performance.now() - startMs).toBeLessThan(10_000);
});
