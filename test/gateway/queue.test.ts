import { describe, expect, it, vi } from 'vitest';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer, type RawPeer, type ScriptedUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, type Path, startGateway, startPath } from './support/start-gateway.ts';

const STREAM = 'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n';
const SOON = { timeout: 10_000, interval: 5 };

async function send({ gateway }: Path, request = STREAM): Promise<RawPeer> {
  const client = await connectPeer(gateway.address.port);
  client.write(request);
  return client;
}

async function accept(upstream: ScriptedUpstream): Promise<RawPeer> {
  const origin = await upstream.next();
  await origin.until('\r\n\r\n');
  origin.write(CHUNKED_HEAD);
  return origin;
}

/** A path whose only place is taken, and a stream that waits for it. */
async function startWaiting(queueMs: number, request = STREAM) {
  const path = await startPath({ maxStreams: 1, queueMs });
  const first = await send(path);
  const origin = await accept(path.upstream);
  await first.head();
  const waiting = await send(path, request);
  await vi.waitUntil(() => path.gateway.running.openExchanges === 2, SOON);
  return { path, first, origin, waiting };
}

describe('a stream for which there is no place', () => {
  it('gets one as soon as another ends, and none has been opened for it before', async () => {
    const { path, origin, waiting } = await startWaiting(20_000);
    expect(path.upstream.accepted).toBe(1);
    expect(waiting.text).toBe('');
    origin.write('0\r\n\r\n');
    await accept(path.upstream);
    expect((await waiting.head()).status).toBe(200);
  });

  it('is answered 503 when its time is over', async () => {
    const { path, waiting } = await startWaiting(300);
    const { status, fields } = await waiting.head();
    expect(status).toBe(503);
    expect(fields).toMatchObject({
      'proxy-status': 'unclog; error=connection_limit_reached',
      'retry-after': '5',
    });
    expect(path.upstream.accepted).toBe(1);
  });

  it('is forgotten when its client leaves: the place goes to the next', async () => {
    const { path, first, waiting } = await startWaiting(20_000);
    const next = await send(path);
    await vi.waitUntil(() => path.gateway.running.openExchanges === 3, SOON);
    waiting.socket.destroy();
    await vi.waitUntil(() => path.gateway.running.openExchanges === 2, SOON);
    first.socket.destroy();
    await accept(path.upstream);
    expect((await next.head()).status).toBe(200);
    expect(path.upstream.accepted).toBe(2);
  });

  it('comes in the order in which it began to wait', async () => {
    const { path, origin, waiting } = await startWaiting(20_000);
    const next = await send(path);
    await vi.waitUntil(() => path.gateway.running.openExchanges === 3, SOON);
    origin.write('0\r\n\r\n');
    const second = await accept(path.upstream);
    await waiting.head();
    expect(next.text).toBe('');
    second.write('0\r\n\r\n');
    await accept(path.upstream);
    expect((await next.head()).status).toBe(200);
  });

  it('brings its body along', async () => {
    const body = 'x'.repeat(200_000);
    const request = `POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const { path, origin } = await startWaiting(20_000, request);
    origin.write('0\r\n\r\n');
    const second = await path.upstream.next();
    await vi.waitUntil(() => second.text.endsWith(body), SOON);
  });

  it('is answered 503 when the gateway shuts down', async () => {
    const { path, waiting } = await startWaiting(20_000);
    void path.gateway.running.close();
    const { status, fields } = await waiting.head();
    expect(status).toBe(503);
    expect(fields['proxy-status']).toBe('unclog; error=proxy_internal_response');
  });

  it('may be a websocket', async () => {
    const upgrade = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const { path, origin, waiting } = await startWaiting(20_000, upgrade);
    origin.write('0\r\n\r\n');
    const second = await path.upstream.next();
    await second.until('\r\n\r\n');
    second.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    );
    await waiting.until('hello');
  });

  it('waits among so many others at most', async () => {
    const { path } = await startWaiting(20_000);
    const others = await Promise.all(Array.from({ length: 1_023 }, () => send(path)));
    await vi.waitUntil(() => path.gateway.running.openExchanges === 1_025, SOON);
    const surplus = await send(path);
    expect((await surplus.head()).status).toBe(503);
    for (const { socket } of others) socket.destroy();
  });
});

describe('an upstream that refuses the connection', () => {
  it.each(['/stream', '/chat'])('is asked again until it is back (%s)', async (path) => {
    const upstream = await startNamed('back');
    await upstream.stop();
    const gateway = await startGateway(upstream.url, { queueMs: 20_000 });
    const client = await connectPeer(gateway.address.port);
    client.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi`);
    await vi.waitUntil(() => gateway.running.openExchanges === 1, SOON);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(client.text).toBe('');
    await upstream.start();
    await client.untilEnd();
    expect((await client.head()).status).toBe(200);
    expect(upstream.requests).toEqual([`POST ${path}`]);
  });

  it('is answered 502 when it does not come back in time, and at once without a queue', async () => {
    const upstream = await startNamed('gone');
    await upstream.stop();
    const gateway = await startGateway(upstream.url, { queueMs: 500 });
    const answer = await fetchRaw(gateway.address.port, '/stream');
    expect(answer.status).toBe(502);
    expect(answer.fields['proxy-status']).toBe('unclog; error=connection_refused');
    const eager = await startGateway(upstream.url);
    expect((await fetchRaw(eager.address.port, '/stream')).status).toBe(502);
  });

  it('is not asked again for a client that has left', async () => {
    const upstream = await startNamed('late');
    await upstream.stop();
    const gateway = await startGateway(upstream.url, { queueMs: 20_000 });
    const client = await connectPeer(gateway.address.port);
    client.write(STREAM);
    await vi.waitUntil(() => gateway.running.openExchanges === 1, SOON);
    client.socket.destroy();
    await vi.waitUntil(() => gateway.running.openExchanges === 0, SOON);
    await upstream.start();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(upstream.requests).toEqual([]);
  });
});
