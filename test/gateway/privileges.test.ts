import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testCertificate } from './support/secure-gateway.ts';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));
/** Root without what makes it root; another user may not even look into the folder that this checkout lies in. */
const WITHOUT_CAPABILITIES = ['setpriv', '--inh-caps=-all', '--bounding-set=-all'];

/** Runs the command without privileges: as this user, whom they are taken from where it is root. */
async function runUnprivileged(args: string[]) {
  const command = [process.execPath, BIN, 'gateway', '--upstream', 'http://127.0.0.1:1', ...args];
  const [program = '', ...rest] = process.getuid?.() === 0 ? [...WITHOUT_CAPABILITIES, ...command] : command;
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return { code, stderr };
}

/** A folder that others may look into but not write to. */
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'unclog-privileges-'));
  chmodSync(made, 0o555);
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A file that nobody but root may read. */
function hidden(text: string): string {
  const made = mkdtempSync(join(tmpdir(), 'unclog-privileges-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  const file = join(made, 'hidden');
  writeFileSync(file, text, { mode: 0o000 });
  chmodSync(made, 0o755);
  return file;
}

/** The first port that needs no privilege on this machine; 0 where none does. */
const firstFreePort = ((): number => {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    return 1_024;
  }
})();

describe('a user without privileges is told in one sentence', () => {
  it.skipIf(firstFreePort <= 80)(
    'that port 80 is not to be had (skipped where the system gives it to everybody)',
    async () => {
      const { code, stderr } = await runUnprivileged(['--listen', '127.0.0.1:80']);
      expect(stderr).toBe(
        'unclog: cannot listen on 127.0.0.1:80: no permission for this port; choose one above 1023\n',
      );
      expect(code).toBe(1);
    },
  );

  it('that no socket can be made in a folder', async () => {
    const path = join(folder(), 'gw.sock');
    const { code, stderr } = await runUnprivileged(['--listen', `unix:${path}`]);
    expect(stderr).toBe(
      `unclog: cannot listen on unix:${path}: there is no such folder, or this user may not create anything in it\n`,
    );
    expect(code).toBe(1);
  });

  it('that a key cannot be read', async () => {
    const { certificate, folder: made } = testCertificate();
    chmodSync(made, 0o755);
    const key = hidden('-----BEGIN PRIVATE KEY-----');
    const { code, stderr } = await runUnprivileged(['--tls-cert', certificate, '--tls-key', key]);
    expect(stderr).toBe(`unclog: --tls-key: cannot read ${key}: this user may not read it\n`);
    expect(code).toBe(2);
  });

  it('that the configuration cannot be read', async () => {
    const file = hidden('upstream: http://127.0.0.1:1\n');
    const { code, stderr } = await runUnprivileged(['--config', file]);
    expect(stderr).toBe(`unclog: --config: cannot read ${file}: this user may not read it\n`);
    expect(code).toBe(2);
  });
});
