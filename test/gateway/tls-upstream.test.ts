import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from './support/certificate.ts';
import { connectPeer, type RawPeer } from './support/raw-peer.ts';
import { testCertificate } from './support/secure-gateway.ts';
import { startCommand } from './support/start-command.ts';
import { startGateway } from './support/start-gateway.ts';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));

let certificate: string;
let key: string;

beforeAll(() => {
  const made = makeCertificate();
  ({ certificate, key } = made);
  return () => rmSync(made.folder, { recursive: true });
});

/** An event source behind TLS; answers are handed to the test. */
async function startTlsOrigin(more: ServerOptions = {}) {
  const answers: ServerResponse[] = [];
  const names: unknown[] = [];
  const server = createServer(
    { cert: readFileSync(certificate), key: readFileSync(key), ...more },
    (req, res) => {
      names.push((req.socket as TLSSocket).getPeerCertificate().subject?.CN);
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.flushHeaders();
      answers.push(res);
    },
  ).listen(0, '127.0.0.1');
  server.on('upgrade', (_req, socket) => {
    socket.on('error', () => {});
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    );
  });
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${(server.address() as { port: number }).port}`, answers, names };
}

async function ask(port: number, path: string): Promise<RawPeer> {
  const client = await connectPeer(port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  return client;
}

it.each(['/stream', '/x'])('a certificate that nobody vouches for is refused on %s', async (path) => {
  const origin = await startTlsOrigin();
  const gateway = await startGateway(origin.url);
  const { status, fields } = await (await ask(gateway.address.port, path)).head();
  expect(status).toBe(502);
  expect(fields['proxy-status']).toBe('unclog; error=tls_certificate_error');
  expect(origin.answers).toEqual([]);
});

it("streams and websockets flow, the certificate checked against the upstream's name and not the client's Host", async () => {
  const origin = await startTlsOrigin();
  // Trust comes from the system and NODE_EXTRA_CA_CERTS, which Node reads at its start.
  const command = spawn(
    process.execPath,
    [BIN, 'gateway', '--upstream', origin.url, '--listen', '127.0.0.1:0'],
    {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  onTestFinished(() => void command.kill('SIGKILL'));
  let stderr = '';
  while (!/listening on/.test(stderr)) stderr += (await once(command.stderr, 'data'))[0];
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(stderr)?.[1]);
  for (const [i, path] of ['/stream', '/x'].entries()) {
    const client = await ask(port, path);
    expect((await client.head()).fields['x-accel-buffering']).toBe('no');
    const answer = origin.answers[i] as ServerResponse;
    for (let n = 0; n < 100; n++) {
      answer.write(`data: event ${n}\n\n`);
      await client.until(`data: event ${n}\n\n`);
    }
    const closed = once(answer, 'close');
    client.socket.destroy();
    await closed;
  }
  const socket = await connectPeer(port);
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
  );
  await socket.until(/^HTTP\/1\.1 101 .*\r\n\r\nhello$/s);
});

it.each(['/stream', '/x'])(
  'a certificate of --upstream-ca vouches for the upstream on %s, and no other does',
  async (path) => {
    const origin = await startTlsOrigin();
    const gateway = await startGateway(origin.url, { upstreamCa: certificate });
    const client = await ask(gateway.address.port, path);
    expect((await client.head()).status).toBe(200);
    for (let n = 0; n < 100; n++) {
      (origin.answers[0] as ServerResponse).write(`data: event ${n}\n\n`);
      await client.until(`data: event ${n}\n\n`);
    }
    const other = testCertificate('other.test');
    const stranger = await startGateway(origin.url, { upstreamCa: other.certificate });
    const { status, fields } = await (await ask(stranger.address.port, path)).head();
    expect([status, fields['proxy-status']]).toEqual([502, 'unclog; error=tls_certificate_error']);
  },
);

it('the environment names the files of the command, too', async () => {
  const own = testCertificate('gateway.test');
  const origin = await startTlsOrigin({
    requestCert: true,
    rejectUnauthorized: true,
    ca: readFileSync(own.certificate),
  });
  const command = await startCommand(['--upstream', origin.url, '--listen', '127.0.0.1:0'], {
    UNCLOG_UPSTREAM_CA: certificate,
    UNCLOG_UPSTREAM_CERT: own.certificate,
    UNCLOG_UPSTREAM_KEY: own.key,
  });
  expect((await (await ask(command.port, '/stream')).head()).status).toBe(200);
  expect(origin.names).toEqual(['gateway.test']);
});

it('websockets trust --upstream-ca as well', async () => {
  const origin = await startTlsOrigin();
  const gateway = await startGateway(origin.url, { upstreamCa: certificate });
  const client = await connectPeer(gateway.address.port);
  client.write(
    'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
  );
  await client.until(/^HTTP\/1\.1 101 .*\r\n\r\nhello$/s);
});

it.each(['/stream', '/x'])(
  'an upstream that asks for a certificate is shown that of --upstream-cert on %s',
  async (path) => {
    const own = testCertificate('gateway.test');
    const origin = await startTlsOrigin({
      requestCert: true,
      rejectUnauthorized: true,
      ca: readFileSync(own.certificate),
    });
    const without = await startGateway(origin.url, { upstreamCa: certificate });
    expect((await (await ask(without.address.port, path)).head()).status).toBe(502);
    expect(origin.names).toEqual([]);
    const gateway = await startGateway(origin.url, {
      upstreamCa: certificate,
      upstreamCert: own.certificate,
      upstreamKey: own.key,
    });
    expect((await (await ask(gateway.address.port, path)).head()).status).toBe(200);
    expect(origin.names).toEqual(['gateway.test']);
  },
);
