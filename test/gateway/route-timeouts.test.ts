import { describe, expect, it } from 'vitest';
import { startDeafListener } from './support/deaf-listener.ts';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange, startGateway, startPath } from './support/start-gateway.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Requests whose answer is a stream, on each way. */
const WAYS = [
  ['a stream route', 'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an ordinary route', 'GET /chat HTTP/1.1\r\nHost: a\r\n\r\n'],
] as const;

describe('idleTimeout', () => {
  it.each(WAYS)(
    'on %s breaks a stream off that is quiet for so long, and not one that is not',
    async (_way, request) => {
      const { client, origin, gateway } = await startExchange(request, { idleTimeoutMs: 400 });
      origin.write(CHUNKED_HEAD);
      const begun = performance.now();
      // Comments are bytes, too.
      while (performance.now() - begun < 1_500) {
        origin.write(chunk(': still here\n'));
        await sleep(50);
        expect(client.ended).toBeNull();
      }
      const quietSince = performance.now();
      await client.untilEnd();
      expect(performance.now() - quietSince).toBeGreaterThan(300);
      expect(client.text).not.toContain('\r\n0\r\n\r\n');
      await origin.untilEnd();
      expect(await gateway.exchange()).toMatchObject({ outcome: 'idle-timeout' });
    },
  );

  it('does not count the wait for the head, nor other answers', async () => {
    const { client, origin } = await startExchange(undefined, { idleTimeoutMs: 100 });
    await sleep(500);
    origin.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nab');
    await client.until('ab');
    await sleep(500);
    origin.write('cd');
    await client.until('abcd');
  });

  it('does not hold a client that reads slowly against the upstream', async () => {
    const { client, origin, gateway } = await startExchange(undefined, {
      idleTimeoutMs: 200,
      slowClientTimeoutMs: 60_000,
    });
    client.socket.pause();
    origin.write(CHUNKED_HEAD);
    const piece = chunk('x'.repeat(60_000));
    for (let i = 0; i < 400 && !origin.socket.writableNeedDrain; i++) {
      origin.write(piece);
      await sleep(1);
    }
    await sleep(1_000);
    expect(gateway.running.openExchanges).toBe(1);
    client.socket.resume();
    await client.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'idle-timeout' });
  });

  it('ends a websocket that is quiet', async () => {
    const { client, origin } = await startExchange(
      'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      { idleTimeoutMs: 200 },
    );
    origin.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await client.head();
    await client.untilEnd();
    await origin.untilEnd();
  });

  it('is off unless given', async () => {
    const { client, origin } = await startExchange();
    origin.write(CHUNKED_HEAD);
    await client.head();
    await sleep(1_000);
    expect(client.ended).toBeNull();
  });
});

describe('maxAge', () => {
  it.each(WAYS)('on %s breaks a stream off at that age, however busy it is', async (_way, request) => {
    const { client, origin, gateway } = await startExchange(request, { maxAgeMs: 600 });
    origin.write(CHUNKED_HEAD);
    await client.head();
    while (client.ended === null) {
      origin.write(chunk('data: a\n\n'));
      await sleep(20);
    }
    expect(client.text).not.toContain('\r\n0\r\n\r\n');
    await origin.untilEnd();
    const line = await gateway.exchange();
    expect(line.outcome).toBe('max-age');
    expect(line.durationMs).toBeGreaterThanOrEqual(590);
  });

  it.each(WAYS)('on %s answers 504 where there is no answer yet', async (_way, request) => {
    const { client, origin } = await startExchange(request, { maxAgeMs: 200 });
    const { status, fields } = await client.head();
    expect(status).toBe(504);
    expect(fields['proxy-status']).toBe('unclog; error=http_response_timeout');
    await origin.untilEnd();
  });

  it('counts the time in the queue', async () => {
    const path = await startPath({
      maxStreams: 1,
      queueMs: 60_000,
      routes: [{ paths: ['/young'], upstream: 'default', kind: 'stream', maxAgeMs: 200 }],
    });
    const first = await connectPeer(path.gateway.address.port);
    first.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    await (await path.upstream.next()).until('\r\n\r\n');
    const second = await connectPeer(path.gateway.address.port);
    second.write('GET /young HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await second.head()).status).toBe(504);
    expect(path.upstream.accepted).toBe(1);
  });
});

it('each route has its own connectTimeout and headTimeout', async () => {
  const silent = await startUpstream();
  const deaf = await startDeafListener();
  const gateway = await startGateway(null, {
    headTimeoutMs: 60_000,
    connectTimeoutMs: 60_000,
    upstreams: { silent: { targets: [silent.url] }, deaf: { targets: [`http://127.0.0.1:${deaf}`] } },
    routes: [
      { paths: ['/head', '/head/stream'], upstream: 'silent', headTimeoutMs: 150 },
      { paths: ['/head/stream2'], upstream: 'silent', headTimeoutMs: 150, kind: 'stream' },
      { paths: ['/connect'], upstream: 'deaf', connectTimeoutMs: 150 },
      { paths: ['/connect/stream'], upstream: 'deaf', connectTimeoutMs: 150, kind: 'stream' },
      { upstream: 'silent' },
    ],
  });
  const { port } = gateway.address;
  const patient = await connectPeer(port);
  patient.write('GET /other HTTP/1.1\r\nHost: a\r\n\r\n');
  for (const path of ['/head', '/head/stream2']) {
    const answer = await fetchRaw(port, path);
    expect([answer.status, answer.fields['proxy-status']]).toEqual([
      504,
      'unclog; error=http_response_timeout',
    ]);
  }
  for (const path of ['/connect', '/connect/stream']) {
    const answer = await fetchRaw(port, path);
    expect([answer.status, answer.fields['proxy-status']]).toEqual([504, 'unclog; error=connection_timeout']);
  }
  expect(patient.text).toBe('');
});

it('a connection that does not come in time leads to the next target', async () => {
  const alive = await startNamed('alive');
  const deaf = await startDeafListener();
  const gateway = await startGateway(null, {
    connectTimeoutMs: 200,
    upstreams: { all: { targets: [`http://127.0.0.1:${deaf}`, alive.url], ejection: { failures: 100 } } },
    routes: [{ paths: ['/stream'], upstream: 'all', kind: 'stream' }, { upstream: 'all' }],
  });
  for (const path of ['/stream', '/', '/stream', '/'])
    expect((await fetchRaw(gateway.address.port, path)).body).toBe('alive');
});
