import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { configFile } from './support/config-file.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { startCommand } from './support/start-command.ts';
import { CHUNKED_HEAD, chunk } from './support/start-gateway.ts';

/** Which way did the request for a path go? Only declared streams ask for identity. */
async function isStreamRoute(
  port: number,
  upstream: Awaited<ReturnType<typeof startUpstream>>,
  path: string,
) {
  const client = await connectPeer(port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const origin = await upstream.next();
  return /^accept-encoding: identity/im.test(await origin.until('\r\n\r\n'));
}

describe('unclog gateway', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'listens, relays, logs on stderr, and ends with 0 on %s',
    async (signal) => {
      const upstream = await startUpstream();
      const command = await startCommand(['--upstream', upstream.url, '--listen', '127.0.0.1:0']);
      const client = await connectPeer(command.port);
      client.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
      const origin = await upstream.next();
      await origin.until('\r\n\r\n');
      origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
      await client.until('0\r\n\r\n');
      command.child.kill(signal);
      const [code] = await once(command.child, 'close');
      expect(code).toBe(0);
      expect(command.stderr()).toMatch(/"outcome":"complete"/);
      expect(command.stdout()).toBe('');
    },
  );

  it('drains: a stream under way ends in a bounded time', async () => {
    const upstream = await startUpstream();
    const command = await startCommand([
      ...['--upstream', upstream.url, '--listen', '127.0.0.1:0', '--drain-timeout', '300ms'],
    ]);
    const client = await connectPeer(command.port);
    client.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    command.child.kill('SIGTERM');
    const [code] = await once(command.child, 'close');
    expect(code).toBe(0);
    expect(command.stderr()).toMatch(/"outcome":"drained"/);
  });

  it('takes globs from the flag before the environment before the file', async () => {
    const upstream = await startUpstream();
    const file = configFile(`upstream: ${upstream.url}\nlisten: 127.0.0.1:0\nstreamPaths:\n  - /file/*\n`);
    const fromFile = await startCommand(['--config', file]);
    expect(await isStreamRoute(fromFile.port, upstream, '/file/a')).toBe(true);
    expect(await isStreamRoute(fromFile.port, upstream, '/file/a/b')).toBe(false);
    expect(await isStreamRoute(fromFile.port, upstream, '/stream')).toBe(false);
    const fromEnv = await startCommand(['--config', file], { UNCLOG_STREAM_PATHS: '/env,/env2' });
    expect(await isStreamRoute(fromEnv.port, upstream, '/env2')).toBe(true);
    expect(await isStreamRoute(fromEnv.port, upstream, '/file/a')).toBe(false);
    const flags = ['--stream-path', '/flag', '--stream-path', '/flag2/**'];
    const fromFlag = await startCommand(['--config', file, ...flags], { UNCLOG_STREAM_PATHS: '/env' });
    expect(await isStreamRoute(fromFlag.port, upstream, '/flag2/x/y')).toBe(true);
    expect(await isStreamRoute(fromFlag.port, upstream, '/env')).toBe(false);
  });

  it('ends with 1 and one sentence when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await runCli([
      ...['gateway', '--upstream', 'http://127.0.0.1:1', '--listen', `127.0.0.1:${port}`],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}: the port is already taken`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each<[what: string, args: string[], message: RegExp]>([
    ['no upstream', [], /--upstream is missing, expected a URL/],
    [
      'an upstream that is no URL',
      ['--upstream', 'localhost'],
      /upstream: "localhost" is not a URL, expected/,
    ],
    ['an upstream of another scheme', ['--upstream', 'ftp://a'], /upstream: .* not an http or https URL/],
    ['an upstream on port 0', ['--upstream', 'http://a:0'], /upstream: nobody listens on port 0 of/],
    ['an upstream with a query', ['--upstream', 'http://a/?b'], /upstream: the URL has a query/],
    ['the gateway as its own upstream', ['--upstream', 'http://127.0.0.1:8080'], /call itself without end/],
    [
      'an address without port',
      ['--upstream', 'http://a', '--listen', 'here'],
      /--listen: "here" is not an address/,
    ],
    [
      'a glob that matches nothing',
      ['--upstream', 'http://a', '--stream-path', 'x'],
      /--stream-path: "x" matches no path/,
    ],
    [
      'a duration without unit',
      ['--upstream', 'http://a', '--head-timeout', '5'],
      /--head-timeout: "5" is not a duration/,
    ],
    [
      'a type that is none',
      ['--upstream', 'http://a', '--stream-type', 'x'],
      /--stream-type: "x" is not a media type/,
    ],
    ['an unknown flag', ['--upstream', 'http://a', '--moode', 'observe'], /moode/],
    [
      'workers that are no number',
      ['--upstream', 'http://a', '--workers', 'many'],
      /--workers: "many" is not a/,
    ],
    [
      'no worker at all',
      ['--upstream', 'http://a', '--workers', '0'],
      /--workers: "0" is not a number from 1/,
    ],
    [
      'a limit of nothing',
      ['--upstream', 'http://a', '--max-streams', '0'],
      /--max-streams: "0" is not a whole/,
    ],
    ['a name that Via cannot carry', ['--upstream', 'http://a', '--via', 'a b'], /via: "a b" is no name/],
    ['an unknown word', ['--upstream', 'http://a', '--host-header', 'x'], /--host-header: "x" is not known/],
  ])('refuses %s with exit code 2', async (_what, args, message) => {
    const { code, stderr } = await runCli(['gateway', ...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('refuses an unknown key of the file, naming file and line', async () => {
    const file = configFile('upstream: http://127.0.0.1:1\nstreamPath: [/a]\nupstraem: x\n');
    const { code, stderr } = await runCli(['gateway', '--config', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:3:1: upstraem is not known here; did you mean upstream?`);
  });
});
