import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';
import { startTcpHop, untilTheEnd } from '../support/tcp-hop.ts';
import { everyInterval, startTestServer } from '../support/test-server.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange, startGateway } from './support/start-gateway.ts';

const TOKEN = 'correct-horse-battery-staple';
const STAMPED = { stamp: TOKEN };
const get = (field: string, path = '/stream', version = '1.0'): string =>
  `GET ${path} HTTP/${version}\r\nHost: a\r\n${field}\r\n`;
const WITH_TOKEN = `Unclog-Stamp: ${TOKEN}\r\n`;
const STAMP = /: unclog (\d+) (\d{13})\n/g;

describe('a request with the token gets a stamp in front of each event that begins a read', () => {
  it.each([
    ['of a chunked upstream', get(WITH_TOKEN), CHUNKED_HEAD, chunk],
    ['of a close-delimited upstream', get(WITH_TOKEN), CLOSE_HEAD, (text: string) => text],
    ['on a path that nobody declared', get(WITH_TOKEN, '/chat'), CHUNKED_HEAD, chunk],
    ['with the field in another spelling', get(`UNCLOG-STAMP:${TOKEN}\r\n`), CHUNKED_HEAD, chunk],
  ])('%s', async (_what, request, head, frame) => {
    const { client, origin } = await startExchange(request, STAMPED);
    origin.write(head);
    await client.until('\r\n\r\n');
    for (let n = 1; n <= 3; n++) {
      const beforeMs = Date.now();
      origin.write(frame(`data: ${n}\n\n`));
      const text = await client.until(`data: ${n}\n\n`);
      const stamp = [...text.matchAll(STAMP)].at(-1);
      expect(text.endsWith(`${stamp?.[0]}data: ${n}\n\n`)).toBe(true);
      expect(stamp?.[1]).toBe(String(n));
      expect(Number(stamp?.[2])).toBeGreaterThanOrEqual(beforeMs - 5);
      expect(Number(stamp?.[2])).toBeLessThanOrEqual(Date.now() + 5);
    }
  });

  it('in one chunk of its own, in the packet of the event', async () => {
    const { client, origin } = await startExchange(get(WITH_TOKEN, '/stream', '1.1'), STAMPED);
    origin.write(CHUNKED_HEAD);
    await client.until('\r\n\r\n');
    const pieces: string[] = [];
    client.socket.on('data', (piece: Buffer) => pieces.push(piece.toString('latin1')));
    origin.write(chunk('data: a\n\n'));
    await client.until('data: a\n\n');
    expect(pieces).toEqual([expect.stringMatching(/^19\r\n: unclog 1 \d{13}\n\r\n9\r\ndata: a\n\n\r\n$/)]);
  });

  it('of a coding undone', async () => {
    const { client, origin } = await startExchange(get(WITH_TOKEN), STAMPED);
    const body = gzipSync('data: a\n\n').toString('latin1');
    origin.write(
      `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n${body}`,
    );
    await client.until(/\n: unclog 1 \d{13}\ndata: a\n\n/);
  });

  it('and none inside an event', async () => {
    const { client, origin } = await startExchange(get(WITH_TOKEN), STAMPED);
    origin.write(CHUNKED_HEAD);
    for (const piece of ['data: a\n', 'data: b', '\n', '\n']) {
      origin.write(chunk(piece));
      await sleep(30);
    }
    const text = await client.until('data: b\n\n');
    expect([...text.matchAll(STAMP)]).toHaveLength(1);
    expect(text.replaceAll(STAMP, '')).toMatch(/\r\n\r\ndata: a\ndata: b\n\n$/);
  });
});

describe('no stamps', () => {
  it.each([
    ['without the field', get(''), STAMPED],
    ['with another token', get(`Unclog-Stamp: ${TOKEN.replace('c', 'C')}\r\n`), STAMPED],
    ['with the beginning of the token', get(`Unclog-Stamp: ${TOKEN.slice(0, -1)}\r\n`), STAMPED],
    ['with an empty field', get('Unclog-Stamp:\r\n'), STAMPED],
    ['with the token twice', get(WITH_TOKEN + WITH_TOKEN), STAMPED],
    ['where no token is configured', get(WITH_TOKEN), {}],
  ])('%s', async (_what, request, options) => {
    const { client, origin } = await startExchange(request, options);
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    expect(await client.until('data: a')).not.toContain('unclog');
  });

  it('on another type', async () => {
    const { client, origin } = await startExchange(get(WITH_TOKEN), STAMPED);
    origin.write(CHUNKED_HEAD.replace('text/event-stream', 'text/plain') + chunk('plain\n\n'));
    expect(await client.until('plain')).not.toContain('unclog');
  });
});

it.each([
  ['/stream', STAMPED],
  ['/chat', STAMPED],
  ['/stream', {}],
])('the token reaches neither the upstream nor the log (%s, %j)', async (path, options) => {
  const request = get(`${WITH_TOKEN}Unclog_Stamp: ${TOKEN}\r\n`, path);
  const { client, origin, gateway, upstream } = await startExchange(request, options);
  origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
  await client.untilEnd();
  await gateway.exchange();
  expect(upstream.received).not.toContain(TOKEN);
  expect(JSON.stringify(gateway.log)).not.toContain(TOKEN);
});

/** A backend that stamps nothing, as most are. */
async function startBackend() {
  const backend = await startTestServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    everyInterval(
      response,
      { intervalMs: 100, count: 16 },
      (n) => response.write(`data: ${n}\n\n`),
      () => response.end(),
    );
  });
  onTestFinished(() => backend.close());
  return backend;
}

it('the probe judges any stream by the stamps of a gateway, and finds the hop in front that holds', async () => {
  const backend = await startBackend();
  const gateway = await startGateway(backend.url, STAMPED);
  const holding = await startTcpHop(gateway.running.url, untilTheEnd);
  onTestFinished(() => holding.close());
  const url = `${gateway.running.url}/stream`;
  const headers: [string, string][] = [['Unclog-Stamp', TOKEN]];
  const [held, direct, unstamped] = await Promise.all([
    runProbe([{ name: 'edge', url: holding.through(url), headers }]),
    runProbe([{ name: 'gateway', url, headers }]),
    runProbe([{ name: 'edge', url: holding.through(url) }]),
  ]);
  expect(held.hops[0]).toMatchObject({ verdict: 'held', events: { holdBasis: 'stamps-relative' } });
  expect(direct.hops[0]).toMatchObject({
    verdict: 'streaming',
    events: { count: 16, holdBasis: 'stamps-relative' },
  });
  // The same answer without stamps leaves only the rhythm to judge by.
  expect(unstamped.hops[0]?.events.holdBasis).toBe('pace');
  expect(JSON.stringify(held)).not.toContain(TOKEN);
});
