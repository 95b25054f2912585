import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNginx } from '../../src/demo/nginx.ts';
import { hasTool } from '../support/tools.ts';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

function unclog(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('unclog demo', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unclog-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A program that answers `-v` as nginx does, and else runs `script`. */
  async function fakeNginx(name: string, script: string): Promise<string> {
    const path = join(folder, name);
    const real = (await findNginx())?.path ?? 'nginx';
    await writeFile(
      path,
      `#!/bin/sh\nnginx=${real}\n[ "$1" = -v ] && { echo 'nginx version: nginx/1.22.1' >&2; exit; }\n${script}\n`,
    );
    await chmod(path, 0o755);
    return path;
  }

  it.skipIf(!hasTool('nginx'))('exits 0 on the real nginx and says what it shows', async () => {
    const { code, stdout, stderr } = await unclog('demo');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^unclog demo: one stream on five paths, nginx\/[\d.]+ \(\//);
    expect(stdout).toMatch(/\nnginx that holds .* HELD \(buffered\)\n/);
    expect(stdout).toMatch(/\nnginx that holds \+ gateway .* streaming\n/);
    expect(stdout).toMatch(/held-until-close, proven/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(80);
  });

  it('prints one JSON object with --json, and everything else on stderr', async () => {
    const { code, stdout, stderr } = await unclog('demo', '--simulate', '--json');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^unclog demo: one stream on five paths, simulated hop/);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      schemaVersion: 1,
      hop: { kind: 'simulated' },
      shown: true,
      fixed: true,
    });
    expect(result.rows.map(({ id, verdict }: { id: string; verdict: string }) => [id, verdict])).toEqual([
      ['direct', 'streaming'],
      ['held', 'held'],
      ['gateway', 'streaming'],
      ['fixed', 'streaming'],
      ['newer-default', 'held'],
    ]);
    expect(result.rows[1].report.hops[1].verdict).toBe('held');
  });

  it.skipIf(!hasTool('nginx'))('exits 1 when nginx does not hold', async () => {
    const wrapper = `for last; do [ "$before" = -c ] && conf=$last; before=$last; done
sed -i 's/proxy_buffering on;/proxy_buffering off;/' "$conf"
exec "$nginx" "$@"`;
    const { code, stdout } = await unclog('demo', '--nginx', await fakeNginx('never-holds', wrapper));
    expect(stdout).toContain('NOT SHOWN');
    expect(code).toBe(1);
  });

  it('exits 3 with the reason when nginx does not start', async () => {
    const broken = await fakeNginx('broken', 'echo "nginx: [emerg] out of luck" >&2; exit 1');
    const { code, stderr } = await unclog('demo', '--nginx', broken);
    expect(stderr).toMatch(/could not start: nginx did not start.*\n.*\n?nginx: \[emerg\] out of luck/);
    expect(code).toBe(3);
  });

  it('keeps the live page up with --serve until a signal, and then leaves nothing behind', async () => {
    const child = spawn(process.execPath, [BIN, 'demo', '--simulate', '--serve'], { stdio: 'pipe' });
    const page = await new Promise<string>((resolve) => {
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        const url = /live page: (http:\S+)/.exec(text)?.[1];
        if (url !== undefined) resolve(url);
      });
    });
    expect(await (await fetch(page)).text()).toContain('<title>unclog demo');
    const ended = once(child, 'close');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    await expect(fetch(page)).rejects.toThrow();
  });

  it.skipIf(!hasTool('nginx'))('stops at once, nginx too, when it is interrupted', async () => {
    // Tells where nginx lies, so that the test can see it go.
    const wrapper = `echo "$4" >>'${folder}/interrupted'\nexec "$nginx" "$@"`;
    const nginx = await fakeNginx('interrupted-nginx', wrapper);
    const child = spawn(process.execPath, [BIN, 'demo', '--nginx', nginx], { stdio: 'pipe' });
    const folders = async () => {
      const text = await readFile(join(folder, 'interrupted'), 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    };
    while ((await folders()).length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    const ended = once(child, 'close');
    child.kill('SIGINT');
    expect(await ended).toEqual([3, null]);
    for (const one of await folders()) {
      expect(one).toMatch(/unclog-nginx-/);
      await expect(readdir(one)).rejects.toThrow('ENOENT');
    }
  });

  it('exits 2 when --nginx names no nginx', async () => {
    const { code, stdout, stderr } = await unclog('demo', '--nginx', process.execPath);
    expect(stderr).toBe(`unclog: --nginx: ${process.execPath} is not an nginx that can be run here\n`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('exits 2 when two flags contradict each other', async () => {
    expect((await unclog('demo', '--nginx', 'x', '--simulate')).code).toBe(2);
    expect((await unclog('demo', '--json', '--serve')).code).toBe(2);
  });
});
