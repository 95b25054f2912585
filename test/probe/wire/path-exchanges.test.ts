import { afterEach, expect, it } from 'vitest';
import { startRunClock } from '../../../src/probe/clock.ts';
import { measurePath } from '../../../src/probe/path-exchange.ts';
import { OBSERVE_DEFAULTS } from '../../../src/probe/targets.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const BODY = '{"sentAt":1760000000000}';
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\nServer: x\r\n\r\n${BODY}`;

let server: ScriptedServer;
afterEach(() => server.close());

function measure(httpVersion: '1.0' | '1.1') {
  const url = `http://127.0.0.1:${server.port}/a/stream?token=sesame`;
  const target = {
    name: 'hop',
    url,
    headers: [
      ['Authorization', 'Bearer x'],
      ['X-Own', 'y'],
    ] as [string, string][],
  };
  const options = { ...OBSERVE_DEFAULTS, proxy: 'none' as const, httpVersion };
  return measurePath(target, url, options, startRunClock(), new AbortController().signal);
}

it('exchanges share a connection, ask beside the stream, and carry nothing of its query', async () => {
  server = await startScriptedServer((socket) => void socket.write(ANSWER));
  const { exchanges, headers } = await measure('1.1');
  expect(exchanges).toHaveLength(5);
  expect(exchanges.every((one) => one.originEpochMs === 1_760_000_000_000 && one.status === 200)).toBe(true);
  expect(exchanges.every((one) => one.receivedAtMs >= one.sentAtMs)).toBe(true);
  expect(headers).toContainEqual(['Server', 'x']);
  expect(server.connections).toBe(1);
  expect(server.requests).toHaveLength(6);
  expect(server.requests[0]).toMatch(/^GET \/a\/\.well-known\/unclog\/clock\?once=\w{12} HTTP\/1\.1\r\n/);
  // No two alike: a cache that ignores no-cache would answer the second one itself.
  expect(new Set(server.requests.map((request) => request.split(' ')[1])).size).toBe(server.requests.length);
  expect(server.requests[0]).toContain('Authorization: Bearer x');
  expect(server.requests.join()).not.toMatch(/sesame|X-Own/);
});

it.each(['1.0', '1.1'] as const)(
  'a hop that closes after each HTTP/%s answer is asked as often',
  async (version) => {
    server = await startScriptedServer((socket) => void socket.end(ANSWER));
    const { exchanges } = await measure(version);
    expect(exchanges).toHaveLength(5);
  },
);

it('a hop that does not answer costs no more than one wait', async () => {
  server = await startScriptedServer(() => {});
  const before = performance.now();
  expect((await measure('1.1')).exchanges).toEqual([]);
  expect(performance.now() - before).toBeLessThan(6_000);
});
