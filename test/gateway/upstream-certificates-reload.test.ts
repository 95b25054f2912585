import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fetchRaw } from './support/named-upstream.ts';
import { testCertificate } from './support/secure-gateway.ts';
import { type RunningCommand, startCommand } from './support/start-command.ts';
import { startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 15_000, interval: 50 };

/** An upstream behind TLS that says who asks; what it asks for is in the hands of the test. */
async function startTlsUpstream(own: { certificate: string; key: string }) {
  const server = createServer(
    {
      cert: readFileSync(own.certificate),
      key: readFileSync(own.key),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (req, res) => {
      res.setHeader('Connection', 'close');
      res.end(String((req.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody'));
    },
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${(server.address() as { port: number }).port}`, server };
}

/** Files that can be replaced, as the gateway names them. */
function files() {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-upstream-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  return {
    options: { upstreamCa: ca, upstreamCert: cert, upstreamKey: key },
    putCa: (from: { certificate: string }) => copyFileSync(from.certificate, ca),
    putPair(from: { certificate: string; key: string }) {
      copyFileSync(from.certificate, cert);
      copyFileSync(from.key, key);
    },
    spoilCa: () => writeFileSync(ca, 'nonsense'),
  };
}

const logged = (command: RunningCommand, msg: RegExp) =>
  vi.waitUntil(() => command.log().find((line) => msg.test(String(line.msg))), SOON);

describe.each([
  ['one process', []],
  ['two workers', ['--workers', '2']],
])('certificates towards upstreams, %s', (_what, more) => {
  it('are read again when their files change, and one that cannot be used changes nothing', async () => {
    const own = testCertificate('upstream.test');
    const upstream = await startTlsUpstream(own);
    const { options, putCa, putPair, spoilCa } = files();
    putCa(testCertificate('stranger.test'));
    putPair(testCertificate('first.test'));
    const command = await startCommand([
      ...['--upstream', upstream.url, '--listen', '127.0.0.1:0'],
      ...['--upstream-ca', options.upstreamCa],
      ...['--upstream-cert', options.upstreamCert, '--upstream-key', options.upstreamKey],
      ...more,
    ]);
    const ask = (path: string) => fetchRaw(command.port, path);
    expect((await ask('/stream')).status).toBe(502);
    putCa(own);
    await vi.waitFor(async () => {
      for (const path of ['/stream', '/x', '/stream', '/x'])
        expect((await ask(path)).body).toBe('first.test');
    }, SOON);
    putPair(testCertificate('second.test'));
    await vi.waitFor(async () => {
      for (const path of ['/stream', '/x', '/stream', '/x'])
        expect((await ask(path)).body).toBe('second.test');
    }, SOON);
    spoilCa();
    const line = await logged(command, /certificates for upstreams not reloaded/);
    expect(line.detail).toContain(`upstreamCa: ${options.upstreamCa} holds no certificate`);
    expect((await ask('/stream')).body).toBe('second.test');
  }, 60_000);
});

it('are read again on SIGHUP at once', async () => {
  const own = testCertificate('upstream.test');
  const upstream = await startTlsUpstream(own);
  const { options, putCa, putPair } = files();
  putCa(own);
  putPair(testCertificate('first.test'));
  const gateway = await startGateway(upstream.url, options);
  expect((await fetchRaw(gateway.address.port, '/stream')).body).toBe('first.test');
  putPair(testCertificate('second.test'));
  // What a SIGHUP does; no time for a look at the files.
  gateway.running.reload({ upstream: upstream.url, ...options });
  expect((await fetchRaw(gateway.address.port, '/stream')).body).toBe('second.test');
});
