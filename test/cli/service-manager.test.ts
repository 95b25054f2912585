import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startUpstream } from '../gateway/support/raw-peer.ts';
import { startCommand } from '../gateway/support/start-command.ts';
import { hasTool } from '../support/tools.ts';

const SOON = { timeout: 10_000, interval: 20 };

/** Takes what systemd would: each datagram on a line of its own, its lines joined with `|`. */
const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(s.recv(4096).decode().strip().replace("\\n", "|"), flush=True)
`;

async function startReceiver() {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-notify-'));
  const path = join(folder, 'notify');
  const child = spawn('/usr/bin/python3', ['-c', RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += piece;
  });
  await vi.waitUntil(() => text.startsWith('bound\n'), SOON);
  // systemd-notify also asks the manager for a sign that it is done; that carries no state.
  const messages = () =>
    text
      .split('\n')
      .slice(1)
      .filter((line) => /^[A-Z_]+=/.test(line) && !line.startsWith('BARRIER'));
  return { folder, path, messages };
}

describe.skipIf(!hasTool('systemd'))('a service manager', () => {
  it('is told that the gateway is ready, reloads and stops, in order', async () => {
    const receiver = await startReceiver();
    const upstream = await startUpstream();
    const file = join(receiver.folder, 'gateway.yaml');
    writeFileSync(file, `upstream: ${upstream.url}\n`);
    const args = [
      '--config',
      file,
      '--listen',
      '127.0.0.1:0',
      '--drain-timeout',
      '7s',
      '--drain-delay',
      '200ms',
    ];
    const { child, port } = await startCommand(args, { NOTIFY_SOCKET: receiver.path });
    await vi.waitUntil(() => receiver.messages().length === 1, SOON);
    expect(receiver.messages()[0]).toContain(`READY=1|STATUS=serving http://127.0.0.1:${port}`);
    expect(receiver.messages()[0]).toContain(`MAINPID=${child.pid}`);

    child.kill('SIGHUP');
    await vi.waitUntil(() => receiver.messages().length === 3, SOON);
    const nowUs = Number(process.hrtime.bigint() / 1_000n);
    const monotonicUs = Number(/RELOADING=1\|MONOTONIC_USEC=(\d+)/.exec(receiver.messages()[1] ?? '')?.[1]);
    expect(Math.abs(nowUs - monotonicUs)).toBeLessThan(60e6);
    expect(receiver.messages()[2]).toContain('READY=1');

    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    await vi.waitUntil(() => receiver.messages().length === 4, SOON);
    // 200 ms, 7 s, and the 2 s for what was written last.
    expect(receiver.messages()[3]).toContain('STOPPING=1|STATUS=draining|EXTEND_TIMEOUT_USEC=9200000');
  });

  it('that cannot be reached is a warning, not an end', async () => {
    const upstream = await startUpstream();
    const command = await startCommand(['--upstream', upstream.url, '--listen', '127.0.0.1:0'], {
      NOTIFY_SOCKET: '/nonexistent/notify',
    });
    await vi.waitUntil(() => command.log().some(({ level }) => level === 40), SOON);
    expect(command.log()[0]?.msg).toMatch(
      /^cannot tell the service manager READY=1: systemd-notify ended with/,
    );
    command.child.kill('SIGTERM');
    expect((await once(command.child, 'exit'))[0]).toBe(0);
  });
});
