import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { closedPort, fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { connectSecurePeer, testCertificate } from './support/secure-gateway.ts';
import { CHUNKED_HEAD, chunk, startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 10 };
const FREE = { host: '127.0.0.1', port: 0 };
const WANTS_EVENTS = 'GET /stream HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n';

/** Answers `ok`; what it was asked is counted by path. */
function counted(): { listener: RequestListener; asked: Map<string, number> } {
  const asked = new Map<string, number>();
  const listener: RequestListener = (req, res) => {
    asked.set(req.url ?? '', (asked.get(req.url ?? '') ?? 0) + 1);
    res.end('ok');
  };
  return { listener, asked };
}

describe('listeners', () => {
  it('one has TLS and another has not, or has a certificate of its own', async () => {
    const upstream = await startNamed('a');
    const [shared, own] = [testCertificate(), testCertificate('other')];
    const gateway = await startGateway(upstream.url, {
      tlsCert: shared.certificate,
      tlsKey: shared.key,
      listeners: [
        { listen: FREE },
        { listen: FREE, tlsCert: null, tlsKey: null },
        { listen: FREE, tlsCert: own.certificate, tlsKey: own.key },
      ],
    });
    const { urls, addresses } = gateway.running;
    expect(urls.map((url) => url.split(':')[0])).toEqual(['https', 'http', 'https']);
    const [, plain] = addresses;
    expect((await fetchRaw(plain?.port ?? 0, '/')).body).toBe('a');
    const subjects: unknown[] = [];
    for (const at of [addresses[0], addresses[2]]) {
      const client = await connectSecurePeer(at?.port ?? 0);
      subjects.push(client.socket.getPeerCertificate().subject.CN);
      client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      await client.untilEnd();
      expect(client.text.endsWith('\r\n\r\na')).toBe(true);
    }
    expect(subjects).toEqual(['localhost', 'other']);
  });

  it('a certificate that cannot be used is told of its listener', async () => {
    const { key } = testCertificate();
    await expect(
      createGateway({ upstream: 'http://127.0.0.1:1', listeners: [{ listen: FREE, tlsKey: key }] }),
    ).rejects.toThrow('listeners[0].tlsKey: tlsCert is missing');
  });
});

describe('health checks', () => {
  const check = { path: '/healthz', intervalMs: 20, timeoutMs: 2_000 };

  it('reach a target on a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'unclog-merged-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { listener, asked } = counted();
    const server = createServer(listener).listen(join(folder, 'a.sock'));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const targets = [`unix:${join(folder, 'a.sock')}`, `http://127.0.0.1:${await closedPort()}`];
    const gateway = await startGateway(null, {
      upstreams: { all: { targets, healthCheck: check } },
      routes: [{ upstream: 'all' }],
    });
    await vi.waitUntil(() => (asked.get('/healthz') ?? 0) > 2, SOON);
    expect(gateway.log.filter(({ msg }) => msg === 'target unhealthy')).toHaveLength(1);
    for (let i = 0; i < 4; i++) expect((await fetchRaw(gateway.address.port, '/')).body).toBe('ok');
    expect(asked.get('/')).toBe(4);
  });

  it('trust the same certificates as requests do', async () => {
    const { certificate, key } = testCertificate();
    const { listener, asked } = counted();
    const server = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const options = {
      upstreams: { all: { targets: [url], healthCheck: check } },
      routes: [{ upstream: 'all' }],
    };
    const trusting = await startGateway(null, { ...options, upstreamCa: certificate });
    await vi.waitUntil(() => (asked.get('/healthz') ?? 0) > 2, SOON);
    expect((await fetchRaw(trusting.address.port, '/')).body).toBe('ok');
    const stranger = await startGateway(null, options);
    await vi.waitUntil(() => stranger.log.some(({ msg }) => msg === 'target unhealthy'), SOON);
  });
});

describe('an early head', () => {
  const startTried = async (more = {}) => {
    const upstream = await startUpstream();
    const gateway = await startGateway(null, {
      earlyHeadMs: 50,
      upstreams: { all: { targets: [`http://127.0.0.1:${await closedPort()}`, upstream.url] } },
      routes: [{ upstream: 'all', kind: 'stream' }],
      ...more,
    });
    const client = await connectPeer(gateway.address.port);
    client.write(WANTS_EVENTS);
    return { upstream, gateway, client };
  };

  it('goes out once where a target gave no connection, and the next one follows', async () => {
    const { upstream, gateway, client } = await startTried();
    const origin = await upstream.next();
    await client.until(': \n');
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a\n\n');
    expect(client.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1);
    client.socket.destroy();
    expect(await gateway.exchange()).toMatchObject({ earlyHead: 'followed', outcome: 'client-gone' });
  });

  it('that went out while no target took the connection is followed by the one that does at last', async () => {
    const port = await closedPort();
    const gateway = await startGateway(null, {
      earlyHeadMs: 30,
      queueMs: 20_000,
      upstreams: { all: { targets: [`http://127.0.0.1:${port}`] } },
      routes: [{ upstream: 'all', kind: 'stream' }],
    });
    const client = await connectPeer(gateway.address.port);
    client.write(WANTS_EVENTS);
    await client.until(': \n');
    const server = createServer((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.write('data: late\n\n');
    }).listen(port, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await client.until('data: late\n\n');
    expect(client.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1);
  });

  it('does not start the clock of idleTimeout, which counts from the answer of the upstream on', async () => {
    const { upstream, gateway, client } = await startTried({ idleTimeoutMs: 150 });
    const origin = await upstream.next();
    await client.until(': \n');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(gateway.log.filter(({ msg }) => msg === 'exchange')).toEqual([]);
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a\n\n');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'idle-timeout' });
  });
});

describe('stream options of one route', () => {
  it('hold there and nowhere else', async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway(null, {
      upstreams: { all: { targets: [upstream.url] } },
      routes: [
        { paths: ['/padded'], upstream: 'all', kind: 'stream', openingComment: true },
        { upstream: 'all', kind: 'stream' },
      ],
    });
    const texts: string[] = [];
    for (const path of ['/padded', '/plain']) {
      const client = await connectPeer(gateway.address.port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const origin = await upstream.next();
      origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
      await client.until('data: a\n\n');
      texts.push((await client.head()).body.slice(0, 8));
    }
    expect(texts[0]).toContain(':');
    expect(texts[1]).toBe('9\r\ndata:');
  });

  it('are refused beside mode: observe, and told where they stand', async () => {
    await expect(
      createGateway({
        mode: 'observe',
        upstreams: { all: { targets: ['http://127.0.0.1:1'] } },
        routes: [{ upstream: 'all', heartbeatMs: 1_000 }],
      }),
    ).rejects.toThrow('routes[0].mode: observe changes nothing, so heartbeat cannot be given with it');
  });
});

it('a reload changes routes and upstreams; streams under way stay with the old ones', async () => {
  const [before, after] = [await startUpstream(), await startUpstream()];
  const options = (url: string, path: string) => ({
    listen: FREE,
    upstreams: { all: { targets: [url] } },
    routes: [{ paths: [path], upstream: 'all', kind: 'stream' as const }],
  });
  const gateway = await startGateway(null, options(before.url, '/old'));
  const { port } = gateway.address;
  const client = await connectPeer(port);
  client.write('GET /old HTTP/1.1\r\nHost: a\r\n\r\n');
  const origin = await before.next();
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a');
  expect(gateway.running.reload(options(after.url, '/new'))).toEqual([]);
  expect((await fetchRaw(port, '/old')).status).toBe(404);
  const next = await connectPeer(port);
  next.write('GET /new HTTP/1.1\r\nHost: a\r\n\r\n');
  (await after.next()).write(CHUNKED_HEAD + chunk('data: new\n\n'));
  await next.until('data: new');
  origin.write(chunk('data: b\n\n'));
  await client.until('data: b');
});
