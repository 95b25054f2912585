import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { ids, sendRaw } from './raw-client.ts';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'unclog-origin-'));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Command {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  exit: Promise<number | null>;
  /** The port, once it listens; rejects when it exits before. */
  port: Promise<number>;
}

function runOrigin(args: string[], env: Record<string, string> = {}): Command {
  const child = spawn(process.execPath, [BIN, 'origin', ...args], { env: { ...process.env, ...env } });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => {
    output.stdout += bytes;
  });
  const port = new Promise<number>((resolve, reject) => {
    child.stderr.on('data', (bytes) => {
      output.stderr += bytes;
      const found = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/m.exec(output.stderr)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    child.on('close', () => reject(new Error(output.stderr)));
  });
  port.catch(() => {});
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, output, exit, port };
}

async function idsFrom(command: Command, path = '/stream'): Promise<number[]> {
  const address = { host: '127.0.0.1', port: await command.port };
  return ids((await sendRaw({ address }, path, { version: '1.0' }).closed).text);
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'it says where it listens, serves, and stops in order on %s',
  async (signal) => {
    const command = runOrigin(['--listen', '127.0.0.1:0', '--interval', '10ms']);
    const address = { host: '127.0.0.1', port: await command.port };
    const client = sendRaw({ address }, '/stream');
    await client.waitFor(/id: 3\n/);
    command.child.kill(signal);
    expect(await command.exit).toBe(0);
    expect((await client.closed).text).toMatch(/\r\n0\r\n\r\n$/);
    expect(command.output.stdout).toBe('');
    const records = command.output.stderr.split('\n').filter((line) => line.startsWith('{'));
    const messages = records.map((line) => JSON.parse(line).msg);
    expect(messages).toEqual(['stream opened', 'stopping', 'stream stopped']);
  },
);

test('flags, environment and file are merged', async () => {
  const file = join(folder, 'origin.yaml');
  writeFileSync(file, 'listen: 127.0.0.1:0\ninterval: 5ms\nevents: 9\nlogLevel: silent\n');
  const env = { UNCLOG_ORIGIN_EVENTS: '4', UNCLOG_EVENT_SIZE: '1k' };
  const command = runOrigin(['--config', file, '--opt-outs'], env);
  const address = { host: '127.0.0.1', port: await command.port };
  const { text } = await sendRaw({ address }, '/stream', { version: '1.0' }).closed;
  expect(ids(text)).toHaveLength(4);
  expect(/^data: (.*)$/m.exec(text)?.[1]).toHaveLength(1_024);
  expect(text).toContain('X-Accel-Buffering: no');
  expect(command.output.stderr).not.toContain('{');
});

test('--story tells the story to the end', async () => {
  const command = runOrigin(['--listen', '127.0.0.1:0', '--interval', '5ms', '--story']);
  const address = { host: '127.0.0.1', port: await command.port };
  const { text } = await sendRaw({ address }, '/stream', { version: '1.0' }).closed;
  expect(text).toMatch(/"status":"llegada".*\n\n$/);
});

test('a port that is taken is one sentence and exit code 1', async () => {
  const first = runOrigin(['--listen', '127.0.0.1:0', '--interval', '5ms', '--events', '1']);
  const port = await first.port;
  const second = runOrigin(['--listen', `127.0.0.1:${port}`]);
  expect(await second.exit).toBe(1);
  expect(second.output.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(second.output.stderr).toMatch(
    /^unclog: cannot listen on 127\.0\.0\.1:\d+: the port is already taken/,
  );
  expect(await idsFrom(first)).toEqual([1]);
});

test.each([
  [['--intervall', '5ms'], 'intervall'],
  [['--interval', '500'], '--interval: "500" is not a duration'],
  [['--interval', '0ms'], '--interval: "0ms" is too short, expected at least 1ms'],
  [['--interval'], '--interval has no value'],
  [['--listen', '8000'], '--listen: "8000" is not an address'],
  [['--events', '0'], '--events: "0" is not a whole number of at least 1'],
  [['--event-size', '17m'], '--event-size: "17m" is too large, expected at most 16m'],
  [['--event-fill', 'zeros'], '--event-fill: "zeros" is not known here, expected random or repeated'],
  [['--framing', 'h2'], '--framing: "h2" is not known here, expected auto or close'],
  [['--config', '/nowhere.yaml'], '--config: cannot read /nowhere.yaml: there is no such file'],
  [['extra'], 'extra'],
])('the flags %j are refused in one sentence with exit code 2', async (args, sentence) => {
  const command = runOrigin(args);
  expect(await command.exit).toBe(2);
  expect(command.output.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(command.output.stderr).toMatch(/^unclog: /);
  expect(command.output.stderr).toContain(sentence);
});
