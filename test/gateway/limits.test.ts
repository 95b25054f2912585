import { describe, expect, it, vi } from 'vitest';
import { changes, scrape, WITH_ADMIN } from './support/admin-client.ts';
import { connectPeer, type RawPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, type Path, startPath } from './support/start-gateway.ts';

const STREAM = 'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n';
const REFUSED = /^HTTP\/1\.1 503 .*\}\n$/s;

async function openStream({ gateway, upstream }: Path, request = STREAM): Promise<RawPeer[]> {
  const client = await connectPeer(gateway.address.port);
  client.write(request);
  const origin = await upstream.next();
  await origin.until('\r\n\r\n');
  origin.write(CHUNKED_HEAD);
  await client.head();
  return [client, origin];
}

function expectRefusal(text: string): void {
  expect(text).toMatch(/^proxy-status: unclog; error=connection_limit_reached\r$/im);
  expect(text).toMatch(/^retry-after: 5\r$/im);
}

describe('with maxStreams 2', () => {
  it('the third stream is answered 503 and opens nothing; there is room again when one ends', async () => {
    const path = await startPath({ ...WITH_ADMIN, maxStreams: 2 });
    const [first] = await openStream(path);
    await openStream(path);
    const before = await scrape(path.gateway);
    const third = await connectPeer(path.gateway.address.port);
    third.write(STREAM);
    expectRefusal(await third.until(REFUSED));
    expect(path.upstream.accepted).toBe(2);
    expect(changes(before, await scrape(path.gateway))).toMatchObject({
      'rejected_requests_total{reason="stream-limit"}': 1,
      'requests_ended_total{route="stream",outcome="refused"}': 1,
    });
    first?.socket.destroy();
    await vi.waitUntil(() => path.gateway.running.openExchanges === 1);
    await openStream(path);
  });

  it('other requests are served all the same', async () => {
    const path = await startPath({ maxStreams: 1 });
    await openStream(path);
    const client = await connectPeer(path.gateway.address.port);
    client.write('GET /shop HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await path.upstream.next();
    await origin.until('\r\n\r\n');
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('\r\n\r\nok');
  });

  it('a stream answer on an ordinary route counts, and is refused where there is no room', async () => {
    const path = await startPath({ maxStreams: 1 });
    await openStream(path, 'GET /chat HTTP/1.1\r\nHost: a\r\n\r\n');
    const declared = await connectPeer(path.gateway.address.port);
    declared.write(STREAM);
    expectRefusal(await declared.until(REFUSED));
    const client = await connectPeer(path.gateway.address.port);
    client.write('GET /chat HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await path.upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD);
    expectRefusal(await client.until(REFUSED));
    await origin.untilEnd();
  });

  it('a websocket takes a place as well', async () => {
    const path = await startPath({ maxStreams: 1 });
    await openStream(path);
    const client = await connectPeer(path.gateway.address.port);
    client.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expectRefusal(await client.until(REFUSED));
    expect(path.upstream.accepted).toBe(1);
  });

  it('places come back however a stream ends', async () => {
    const path = await startPath({ maxStreams: 1, headTimeoutMs: 300 });
    for (const end of ['client', 'upstream', 'reset', 'timeout', 'complete'] as const) {
      const client = await connectPeer(path.gateway.address.port);
      client.write(STREAM);
      const origin = await path.upstream.next();
      await origin.until('\r\n\r\n');
      if (end === 'complete') origin.write(`${CHUNKED_HEAD}0\r\n\r\n`);
      else if (end === 'client') client.socket.destroy();
      else if (end === 'upstream') origin.socket.end();
      else if (end === 'reset') origin.socket.resetAndDestroy();
      await vi.waitUntil(() => path.gateway.running.openExchanges === 0, { timeout: 5_000 });
    }
    await openStream(path);
  });
});

describe('with maxConnections 2', () => {
  it('a request on a third connection is answered 503, and the connection ends', async () => {
    const path = await startPath({ ...WITH_ADMIN, maxConnections: 2 });
    const [first] = await openStream(path);
    const idle = await connectPeer(path.gateway.address.port);
    const before = await scrape(path.gateway);
    const third = await connectPeer(path.gateway.address.port);
    third.write('GET /shop HTTP/1.1\r\nHost: a\r\n\r\n');
    expectRefusal(await third.until(REFUSED));
    await third.untilEnd();
    expect(third.text).toMatch(/^connection: close\r$/im);
    expect(changes(before, await scrape(path.gateway))).toMatchObject({
      'rejected_requests_total{reason="connection-limit"}': 1,
    });
    expect(path.upstream.accepted).toBe(1);
    first?.socket.destroy();
    idle.socket.destroy();
    await vi.waitUntil(() => path.gateway.running.openExchanges === 0);
    await openStream(path);
  });

  it('a connection that once tried an upgrade in vain counts once', async () => {
    const path = await startPath({ maxConnections: 2 });
    const client = await connectPeer(path.gateway.address.port);
    client.write('GET /shop HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    const origin = await path.upstream.next();
    await origin.until('\r\n\r\n');
    await openStream(path);
  });

  it('far more connections than that are closed unheard, and counted', async () => {
    const path = await startPath({ ...WITH_ADMIN, maxConnections: 1 });
    const before = await scrape(path.gateway);
    const peers = await Promise.all(
      Array.from({ length: 300 }, () => connectPeer(path.gateway.address.port)),
    );
    await vi.waitUntil(() => peers.filter(({ ended }) => ended !== null).length === 300 - 257, {
      timeout: 5_000,
    });
    expect(changes(before, await scrape(path.gateway))).toEqual({
      'rejected_requests_total{reason="connection-limit"}': 300 - 257,
    });
  });
});
