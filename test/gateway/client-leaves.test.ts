import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startDeafListener } from './support/deaf-listener.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange, startGateway } from './support/start-gateway.ts';

const WAYS = [
  ['closes', 'end'],
  ['resets', 'resetAndDestroy'],
] as const;

const ROUTES = [
  ['/stream', 'stream'],
  ['/chat', 'ordinary'],
] as const;

describe.each(ROUTES)('when the client of %s leaves', (path, route) => {
  const request = `GET ${path} HTTP/1.1\r\nHost: example.test\r\n\r\n`;

  describe.each(WAYS)('and %s its connection, the upstream connection closes at once', (_way, leave) => {
    it('before the head', async () => {
      const { client, origin, gateway } = await startExchange(request);
      client.socket[leave]();
      await origin.untilEnd();
      expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', route });
    });

    it('in a quiet stream', async () => {
      const { client, origin, gateway } = await startExchange(request);
      origin.write(CHUNKED_HEAD);
      await client.head();
      client.socket[leave]();
      await origin.untilEnd();
      expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', route });
    });

    it('while events flow', async () => {
      const { client, origin, gateway } = await startExchange(request);
      origin.write(CHUNKED_HEAD);
      const flow = setInterval(() => origin.write(chunk('data: x\n\n')), 1);
      onTestFinished(() => clearInterval(flow));
      await client.until('data: x');
      client.socket[leave]();
      await origin.untilEnd();
      expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', route });
    });
  });
});

it.each(ROUTES)(
  'a client of %s that leaves while the connection is being made ends the attempt',
  async (path, route) => {
    const gateway = await startGateway(`http://127.0.0.1:${await startDeafListener()}`);
    const client = await connectPeer(gateway.address.port);
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await vi.waitUntil(() => gateway.running.openExchanges === 1, { interval: 1 });
    client.socket.destroy();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', route, status: null });
    expect(gateway.running.openExchanges).toBe(0);
  },
);

it('500 clients that leave together close 500 upstream connections', async () => {
  const upstream = await startUpstream();
  const gateway = await startGateway(upstream.url);
  const clients = await Promise.all(Array.from({ length: 500 }, () => connectPeer(gateway.address.port)));
  for (const client of clients) client.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
  const origins = await Promise.all(
    clients.map(async () => {
      const origin = await upstream.next();
      await origin.until('\r\n\r\n');
      origin.write(CHUNKED_HEAD);
      return origin;
    }),
  );
  await Promise.all(clients.map((client) => client.head()));
  expect(gateway.running.openExchanges).toBe(500);
  for (const client of clients) client.socket.destroy();
  await Promise.all(origins.map((origin) => origin.untilEnd()));
  expect(gateway.running.openExchanges).toBe(0);
});
