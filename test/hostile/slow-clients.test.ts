import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectPeer } from '../gateway/support/raw-peer.ts';
import { startGateway } from '../gateway/support/start-gateway.ts';
import { expectServed, PATHS } from './support/attack.ts';
import { startLenientUpstream } from './support/lenient-upstream.ts';

/** Many connections of one attacker; resolves when all are open. */
async function crowd(port: number, count: number, first: string) {
  const received = new Map<Socket, string>();
  await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      received.set(socket, '');
      socket.on('error', () => {});
      socket.on('data', (piece: Buffer) =>
        received.set(socket, received.get(socket) + piece.toString('latin1')),
      );
      await once(socket, 'connect');
      socket.write(first);
    }),
  );
  const allClosed = Promise.all([...received.keys()].map((socket) => once(socket, 'close')));
  return { sockets: [...received.keys()], received, allClosed };
}

it('300 heads that never end are answered 408, and honest clients are served meanwhile', async () => {
  const upstream = await startLenientUpstream();
  const { address } = await startGateway(upstream.url, { requestHeadTimeoutMs: 1_000 });
  const { received, allClosed } = await crowd(address.port, 300, 'GET /stream HTTP/1.1\r\nHost: a\r\nX-A: ');
  await expectServed(address.port, upstream);
  await allClosed;
  for (const text of received.values())
    expect(text).toMatch(/^HTTP\/1\.1 408 .*\r\nProxy-Status: unclog; error=http_request_error\r\n/s);
  expect(upstream.accepted).toBe(2);
});

it('a head that comes byte by byte gets no more time than one that does not come', async () => {
  const upstream = await startLenientUpstream();
  const { address } = await startGateway(upstream.url, { requestHeadTimeoutMs: 1_000 });
  const client = await connectPeer(address.port);
  const head = `GET /stream HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(10_000)}`;
  const startedMs = performance.now();
  for (const byte of head) {
    if (client.ended !== null || client.text !== '') break;
    client.write(byte);
    await sleep(20);
  }
  expect((await client.head()).status).toBe(408);
  // Byte by byte the head would take minutes.
  expect(performance.now() - startedMs).toBeLessThan(15_000);
  expect(upstream.accepted).toBe(0);
  await expectServed(address.port, upstream);
});

describe.each(PATHS)('bodies for %s that do not come', (path) => {
  it('100 of them are answered 408 and their upstream connections closed; honest clients are served meanwhile', async () => {
    const upstream = await startLenientUpstream();
    const gateway = await startGateway(upstream.url, { requestBodyIdleTimeoutMs: 1_000 });
    const { received, allClosed } = await crowd(
      gateway.address.port,
      100,
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx`,
    );
    await expectServed(gateway.address.port, upstream);
    await allClosed;
    for (const text of received.values()) expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(gateway.running.openExchanges).toBe(0);
    // None of the cut bodies passes for a request of its own, or for a whole one.
    expect(upstream.seen.filter(({ target }) => target === path).every(({ body }) => body.length <= 1)).toBe(
      true,
    );
  });

  it('100 that leave in the middle leave nothing behind', async () => {
    const upstream = await startLenientUpstream();
    const gateway = await startGateway(upstream.url);
    const { sockets } = await crowd(
      gateway.address.port,
      100,
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel`,
    );
    await expect
      .poll(() => upstream.seen.filter(({ target }) => target === path).length, { timeout: 10_000 })
      .toBe(100);
    for (const socket of sockets) socket.resetAndDestroy();
    await expect.poll(() => gateway.running.openExchanges, { timeout: 10_000 }).toBe(0);
    await expectServed(gateway.address.port, upstream);
  });
});
