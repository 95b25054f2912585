import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { type LiveStreams, MAX_LISTED } from '../../src/gateway/admin-streams.ts';
import { ask, WITH_ADMIN } from './support/admin-client.ts';
import { connectPeer } from './support/raw-peer.ts';
import {
  CHUNKED_HEAD,
  chunk,
  type GatewayUnderTest,
  startExchange,
  startPath,
} from './support/start-gateway.ts';

async function list(gateway: GatewayUnderTest): Promise<LiveStreams> {
  const { status, headers, text } = await ask(gateway, '/streams');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('application/json');
  return JSON.parse(text);
}

it('a stream is listed from its request to its end, with what an operator needs', async () => {
  const beganMs = Date.now();
  const { client, origin, gateway, upstream } = await startExchange(
    'POST /stream/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
    WITH_ADMIN,
  );
  const waiting = await list(gateway);
  expect(waiting).toEqual({
    total: 1,
    streams: [
      {
        id: expect.any(Number),
        method: 'POST',
        path: '/stream/orders',
        route: 'stream',
        rule: 'streams',
        client: `127.0.0.1:${client.socket.localPort}`,
        upstream: upstream.url,
        state: 'waiting',
        status: null,
        startedAt: expect.any(String),
        ageMs: expect.any(Number),
        headMs: null,
        firstEventMs: null,
        pieces: 0,
        events: null,
        bytes: 0,
        queuedBytes: 0,
        hold: null,
      },
    ],
  });
  const [stream] = waiting.streams;
  const startedMs = Date.parse(stream?.startedAt ?? '');
  expect(startedMs).toBeGreaterThan(beganMs - 2_000);
  expect(startedMs).toBeLessThan(Date.now() + 2_000);
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a');
  await sleep(300);
  const [flowing] = (await list(gateway)).streams;
  expect(flowing).toMatchObject({
    id: stream?.id,
    state: 'flowing',
    status: 200,
    bytes: 9,
    pieces: 1,
    events: 1,
    headMs: expect.any(Number),
    firstEventMs: expect.any(Number),
    hold: null,
    startedAt: stream?.startedAt,
  });
  expect(flowing?.ageMs).toBeGreaterThanOrEqual(290);
  origin.write('0\r\n\r\n');
  await client.until('\r\n0\r\n\r\n');
  const line = await gateway.exchange();
  expect(line).toMatchObject({ id: stream?.id });
  expect(await list(gateway)).toEqual({ total: 0, streams: [] });
});

it('no query, no field and no body is shown', async () => {
  const { client, origin, gateway } = await startExchange(
    'POST /stream?token=hunter2 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer hunter2\r\nCookie: s=hunter2\r\nContent-Length: 7\r\n\r\nhunter2',
    WITH_ADMIN,
  );
  origin.write(CHUNKED_HEAD.replace('\r\n\r\n', '\r\nSet-Cookie: s=hunter2\r\n\r\n') + chunk('hunter2'));
  await client.until('hunter2\r\n');
  const { text } = await ask(gateway, '/streams');
  expect(text).not.toContain('hunter2');
  expect(JSON.parse(text).streams[0].path).toBe('/stream?***');
});

it('a client that does not read shows as stalled, with what is queued for it', async () => {
  const { client, origin, gateway } = await startExchange(undefined, WITH_ADMIN);
  origin.write(CHUNKED_HEAD);
  await client.head();
  client.socket.pause();
  const piece = chunk('x'.repeat(64_000));
  const flood = setInterval(() => {
    if (origin.socket.writableLength < 1_000_000) origin.write(piece);
  }, 1);
  try {
    await vi.waitUntil(async () => (await list(gateway)).streams[0]?.state === 'stalled', {
      timeout: 20_000,
    });
  } finally {
    clearInterval(flood);
  }
  expect((await list(gateway)).streams[0]?.queuedBytes).toBeGreaterThan(0);
});

it('a stream on an ordinary route and a websocket are listed, another answer is not', async () => {
  const { gateway, upstream } = await startPath(WITH_ADMIN);
  const requests = [
    [
      '/json',
      'Connection: keep-alive',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
    ],
    ['/events', 'Connection: keep-alive', CHUNKED_HEAD],
    [
      '/ws',
      'Connection: Upgrade\r\nUpgrade: websocket',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
  ] as const;
  for (const [path, fields, answer] of requests) {
    const client = await connectPeer(gateway.address.port);
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`);
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(answer);
    await client.head();
  }
  const { total, streams } = await list(gateway);
  expect(total).toBe(2);
  expect(streams.map(({ path, route, status, state }) => [path, route, status, state])).toEqual([
    ['/events', 'ordinary', 200, 'flowing'],
    ['/ws', 'upgrade', 101, 'flowing'],
  ]);
});

it('a long path is cut', async () => {
  const { gateway } = await startExchange(
    `GET /stream/${'x'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    WITH_ADMIN,
  );
  expect((await list(gateway)).streams[0]?.path).toBe(`/stream/${'x'.repeat(248)}…`);
});

it('the list is bounded and says how many there are; the oldest come first', async () => {
  const { gateway } = await startPath(WITH_ADMIN);
  const first = await connectPeer(gateway.address.port);
  first.write('GET /stream/oldest HTTP/1.1\r\nHost: a\r\n\r\n');
  await vi.waitUntil(() => gateway.running.openExchanges === 1, { interval: 1 });
  for (let n = 0; n < MAX_LISTED + 10; n += 101) {
    const clients = await Promise.all(Array.from({ length: 101 }, () => connectPeer(gateway.address.port)));
    for (const client of clients) client.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
  }
  await vi.waitUntil(() => gateway.running.openExchanges === 1_011, { interval: 5, timeout: 10_000 });
  const { total, streams } = await list(gateway);
  expect(total).toBe(1_011);
  expect(streams).toHaveLength(MAX_LISTED);
  expect(streams[0]?.path).toBe('/stream/oldest');
});
