import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../support/run-cli.ts';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));
const ARGS = [
  'gateway',
  '--upstream',
  'http://127.0.0.1:9',
  '--listen',
  '127.0.0.1:0',
  '--log-level',
  'silent',
];

/** Runs the gateway until it has said where it listens; returns what it said and the means to stop it. */
async function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [BIN, ...ARGS, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8');
  for await (const text of child.stderr) {
    stderr += text;
    if (/admin on \S+\n/.test(stderr)) break;
  }
  return { stderr, child };
}

function configFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-admin-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'gateway.yaml');
  writeFileSync(path, text);
  return path;
}

describe('the address of the admin server', () => {
  it.each([
    ['the flag', () => run(['--admin', '127.0.0.1:0'])],
    ['the environment', () => run([], { UNCLOG_ADMIN: '127.0.0.1:0' })],
    ['the environment of the gateway alone', () => run([], { UNCLOG_GATEWAY_ADMIN: '127.0.0.1:0' })],
    ['the file', () => run(['--config', configFile('admin: 127.0.0.1:0\n')])],
  ])('comes from %s, and is printed once the gateway listens', async (_source, start) => {
    const { stderr, child } = await start();
    expect(stderr).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\nadmin on http:\/\/127\.0\.0\.1:\d+\n$/);
    const url = /admin on (\S+)/.exec(stderr)?.[1];
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('is refused without a port that is free, each with one sentence and its exit code', async () => {
    const bare = await runCli([...ARGS, '--admin', '9090']);
    expect(bare.stderr).toMatch(/^unclog: --admin: "9090" is not an address, expected HOST:PORT/m);
    expect(bare.code).toBe(2);
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    const refused = await runCli([...ARGS, '--admin', address]);
    expect(refused.stderr).toContain(`cannot listen on ${address}: the port is already taken`);
    expect(refused.stderr).not.toContain('listening on');
    expect(refused.code).toBe(1);
  });
});
