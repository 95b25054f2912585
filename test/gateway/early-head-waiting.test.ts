import { expect, it, vi } from 'vitest';
import { closedPort, startNamed } from './support/named-upstream.ts';
import { connectPeer, type RawPeer } from './support/raw-peer.ts';
import {
  CHUNKED_HEAD,
  chunk,
  type GatewayUnderTest,
  startGateway,
  startPath,
} from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 10 };
const get = (version = '1.1'): string =>
  `GET /stream HTTP/${version}\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n`;

/** A gateway whose only place is taken, and a stream that waits for it. */
async function startWaiting(options: object, version?: string) {
  const path = await startPath({ maxStreams: 1, earlyHeadMs: 100, queueMs: 20_000, ...options });
  const first = await connectPeer(path.gateway.address.port);
  first.write(get());
  const origin = await path.upstream.next();
  await origin.until('\r\n\r\n');
  origin.write(CHUNKED_HEAD);
  const client = await connectPeer(path.gateway.address.port);
  client.write(get(version));
  return { ...path, first, origin, client };
}

const lastExchange = async (gateway: GatewayUnderTest) =>
  vi.waitUntil(() => gateway.log.filter(({ msg }) => msg === 'exchange').at(-1), SOON);

async function finish(client: RawPeer, origin: RawPeer): Promise<void> {
  await origin.until('\r\n\r\n');
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a\n\n');
  expect(client.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1);
}

it('an early head goes out while a stream waits for a place, heartbeats follow, and then its events', async () => {
  const { upstream, origin, client, gateway } = await startWaiting({ heartbeatMs: 100 });
  await client.until(/: \n[\s\S]*: \n[\s\S]*: \n/);
  expect((await client.head()).status).toBe(200);
  expect(upstream.accepted).toBe(1);
  origin.write('0\r\n\r\n');
  await finish(client, await upstream.next());
  client.socket.destroy();
  await vi.waitUntil(() => gateway.running.openExchanges === 0, SOON);
  await vi.waitUntil(() => gateway.log.some(({ earlyHead }) => earlyHead === 'followed'), SOON);
  expect(await lastExchange(gateway)).toMatchObject({ earlyHead: 'followed', outcome: 'client-gone' });
});

it('an early head goes out while a stream waits for a target that is healthy', async () => {
  const target = await startNamed('late');
  await target.stop();
  const gateway = await startGateway(null, {
    earlyHeadMs: 50,
    queueMs: 20_000,
    upstreams: {
      all: {
        targets: [target.url],
        healthCheck: { path: '/healthz', intervalMs: 40, healthyAfter: 1 },
      },
    },
    routes: [{ upstream: 'all', kind: 'stream' }],
  });
  await vi.waitUntil(() => gateway.log.some(({ msg }) => msg === 'target unhealthy'), SOON);
  const client = await connectPeer(gateway.address.port);
  client.write(get());
  await client.until(': \n');
  const { answer } = target;
  target.answer = (req, res) => {
    if (req.url === '/healthz') answer(req, res);
    else res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: late\n\n');
  };
  await target.start();
  await client.until('data: late\n\n');
});

it.each([
  ['1.1', 'fin'],
  // Close-delimited: a mere end would look whole.
  ['1.0', 'reset'],
])('a wait that is in vain breaks the stream off behind an early head: HTTP/%s', async (version, end) => {
  const { client, gateway, upstream } = await startWaiting({ queueMs: 500 }, version);
  await client.until(': \n');
  expect(await client.untilEnd()).toBe(end);
  expect(client.text).not.toContain('0\r\n\r\n');
  expect(client.text).not.toContain('503');
  expect(upstream.accepted).toBe(1);
  expect(await lastExchange(gateway)).toMatchObject({
    outcome: 'early-head-broken',
    earlyHead: 'no-answer',
    status: 200,
    detail: expect.stringContaining('stream-limit'),
  });
});

it('a shutdown breaks it off as well', async () => {
  const { client, gateway } = await startWaiting({});
  await client.until(': \n');
  await gateway.running.close();
  await client.untilEnd();
  expect(client.text).not.toContain('0\r\n\r\n');
  const line = gateway.log.find(({ earlyHead }) => earlyHead !== undefined);
  expect(line).toMatchObject({ outcome: 'drained', earlyHead: 'unanswered' });
});

it('a wait that is over before the early head is due is answered 503, and nothing follows', async () => {
  const { client, gateway } = await startWaiting({ queueMs: 100, earlyHeadMs: 400 });
  expect((await client.head()).status).toBe(503);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(client.text).not.toContain('200 OK');
  expect(await lastExchange(gateway)).toMatchObject({ status: 503 });
});

it('a target that refuses the connection until the wait is over gets an early head broken off', async () => {
  const gateway = await startGateway(`http://127.0.0.1:${await closedPort()}`, {
    earlyHeadMs: 50,
    queueMs: 600,
  });
  const client = await connectPeer(gateway.address.port);
  client.write(get());
  await client.until(': \n');
  await client.untilEnd();
  expect(client.text).not.toContain('0\r\n\r\n');
  expect(await gateway.exchange()).toMatchObject({ outcome: 'early-head-broken', earlyHead: 'no-answer' });
});
