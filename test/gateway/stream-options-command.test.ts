import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { startCommand } from './support/start-command.ts';
import { CHUNKED_HEAD, chunk } from './support/start-gateway.ts';

const TOKEN = 'correct-horse-battery-staple';

type Way = 'flags' | 'environment' | 'file';

/** A gateway that got its options in one of the three ways. */
async function startWith(way: Way, options: Record<string, string | true>) {
  const upstream = await startUpstream();
  const args = ['--upstream', upstream.url, '--listen', '127.0.0.1:0'];
  const env: NodeJS.ProcessEnv = {};
  const camel = (name: string) => name.replaceAll(/-[a-z]/g, (part) => part.charAt(1).toUpperCase());
  const given = Object.entries(options);
  if (way === 'flags')
    for (const [name, value] of given) args.push(`--${name}`, ...(value === true ? [] : [value]));
  else if (way === 'environment')
    for (const [name, value] of given)
      env[`UNCLOG_${name.replaceAll('-', '_').toUpperCase()}`] = String(value);
  else {
    const folder = mkdtempSync(join(tmpdir(), 'unclog-config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, given.map(([name, value]) => `${camel(name)}: ${value}\n`).join(''));
    args.push('--config', file);
  }
  const command = await startCommand(args, env);
  const client = await connectPeer(command.port);
  client.write(
    `GET /stream HTTP/1.0\r\nHost: a\r\nAccept: text/event-stream\r\nUnclog-Stamp: ${TOKEN}\r\n\r\n`,
  );
  const origin = await upstream.next();
  await origin.until('\r\n\r\n');
  return { client, origin, command };
}

describe.each(['flags', 'environment', 'file'] as const)('by %s', (way) => {
  it('opening comment, padding, retry, heartbeat and stamps act', async () => {
    const { client, origin } = await startWith(way, {
      'opening-comment': true,
      'opening-padding': '64b',
      retry: '3s',
      heartbeat: '200ms',
      stamp: TOKEN,
    });
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    const opening = `:${' '.repeat(62)}\nretry: 3000\n`;
    const text = await client.until(/data: a\n\n: \n: \n/);
    expect(text).toMatch(new RegExp(`\r\n\r\n${opening}: unclog 1 \\d{13}\ndata: a\n\n: \n: \n`));
  });

  it('an early head acts', async () => {
    const { client } = await startWith(way, { 'early-head': '200ms' });
    expect(await client.until(': \n')).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });

  it('observe mode acts', async () => {
    const { client, origin, command } = await startWith(way, { mode: 'observe' });
    expect(origin.text).toContain(`Unclog-Stamp: ${TOKEN}`);
    origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
    await client.untilEnd();
    expect(client.text).not.toMatch(/x-accel/i);
    const exchange = await vi.waitUntil(() => command.log().find(({ msg }) => msg === 'exchange'));
    expect(exchange).toHaveProperty('observed');
  });
});

it('off takes back what the environment says', async () => {
  const upstream = await startUpstream();
  const args = ['--heartbeat', 'off', '--opening-padding', 'off', '--retry', 'off', '--stamp', 'off'];
  const command = await startCommand(
    [
      '--upstream',
      upstream.url,
      '--listen',
      '127.0.0.1:0',
      '--mode',
      'observe',
      '--early-head',
      'off',
      ...args,
    ],
    {
      UNCLOG_HEARTBEAT: '1s',
      UNCLOG_OPENING_PADDING: '2k',
      UNCLOG_RETRY: '1s',
      UNCLOG_STAMP: TOKEN,
      UNCLOG_EARLY_HEAD: '1s',
    },
  );
  expect(command.port).toBeGreaterThan(0);
});

it('several workers put in what the first process was told', async () => {
  const { client, origin } = await startWith('flags', { workers: '2', heartbeat: '200ms' });
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a\n\n: \n');
});

describe('is refused with exit code 2 and one sentence', () => {
  it.each([
    ['a heartbeat without a unit', ['--heartbeat', '15'], /--heartbeat: "15" is not a duration.*15s/],
    [
      'a heartbeat that is too short',
      ['--heartbeat', '10ms'],
      /heartbeat: 10ms is no time for one, expected at least 100ms/,
    ],
    ['a padding without a unit', ['--opening-padding', '2048'], /--opening-padding: "2048" is not a size/],
    [
      'a padding beyond measure',
      ['--opening-padding', '1m'],
      /--opening-padding: 1048576 bytes cannot be sent, expected at most 64k/,
    ],
    ['a retry of parts of a millisecond', ['--retry', '0.5ms'], /--retry: 0.5ms is no whole number/],
    ['an early head that is no time', ['--early-head', 'soon'], /--early-head: "soon" is not a duration/],
    [
      'a mode that is none',
      ['--mode', 'watch'],
      /--mode: "watch" is not known here, expected passthrough or observe/,
    ],
    [
      'a token that is too short',
      ['--stamp', 'secret'],
      /--stamp: the token cannot be used, expected 16 to 256/,
    ],
    [
      'a heartbeat in observe mode',
      ['--mode', 'observe', '--heartbeat', '15s'],
      /mode: observe changes nothing, so heartbeat cannot/,
    ],
    ['an early head in observe mode', ['--mode', 'observe', '--early-head', '15s'], /so earlyHead cannot/],
    ['padding in observe mode', ['--mode', 'observe', '--opening-padding', '1k'], /so openingPadding cannot/],
    ['Via in observe mode', ['--mode', 'observe', '--via', 'edge'], /so via cannot/],
    ['Server-Timing in observe mode', ['--mode', 'observe', '--server-timing'], /so serverTiming cannot/],
  ])('%s', async (_what, args, message) => {
    const { code, stdout, stderr } = await runCli(['gateway', '--upstream', 'http://127.0.0.1:1', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('secret');
  });
});
