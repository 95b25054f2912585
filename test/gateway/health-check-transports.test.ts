import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { closedPort, fetchRaw } from './support/named-upstream.ts';
import { testCertificate } from './support/secure-gateway.ts';
import { startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 10 };

/** Answers `ok`; what it was asked is counted by path. */
function counted(): { listener: RequestListener; asked: Map<string, number> } {
  const asked = new Map<string, number>();
  const listener: RequestListener = (req, res) => {
    asked.set(req.url ?? '', (asked.get(req.url ?? '') ?? 0) + 1);
    res.end('ok');
  };
  return { listener, asked };
}

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
