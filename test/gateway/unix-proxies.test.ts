import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { type NamedUpstream, startNamed } from './support/named-upstream.ts';
import { connectPeer, RawPeer } from './support/raw-peer.ts';
import { testCertificate } from './support/secure-gateway.ts';
import { startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 10 };

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-unix-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'gw.sock');
}

const at = (path: string) => ({ host: '', port: 0, path });

async function connectUnix(path: string): Promise<RawPeer> {
  const socket = connect({ path, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return new RawPeer(socket);
}

async function connectSecureUnix(path: string): Promise<RawPeer> {
  const socket = connectTls({ path, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return new RawPeer(socket);
}

async function startStreaming(): Promise<NamedUpstream> {
  const upstream = await startNamed('a');
  upstream.answer = (_req, res) =>
    void res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  return upstream;
}

const get = (fields = ''): string => `GET /stream HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

describe('a proxy on a unix socket', () => {
  it('that is trusted is believed, and each client that it names counts for itself', async () => {
    const path = socketPath();
    const upstream = await startStreaming();
    await startGateway(upstream.url, { listen: at(path), trustedProxies: ['unix'], maxStreamsPerClient: 1 });
    const open = async (client: string) => {
      const peer = await connectUnix(path);
      peer.write(get(`X-Forwarded-For: ${client}\r\nX-Forwarded-Proto: https\r\n`));
      return { peer, status: (await peer.head()).status };
    };
    const first = await open('192.0.2.1');
    expect(first.status).toBe(200);
    // What comes over the socket has no address to be added.
    expect(upstream.lastHeaders()).toMatchObject({
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'https',
    });
    expect((await open('192.0.2.1')).status).toBe(503);
    expect((await open('192.0.2.2')).status).toBe(200);
    first.peer.socket.destroy();
    await vi.waitFor(async () => expect((await open('192.0.2.1')).status).toBe(200), SOON);
  });

  it('that says nothing of the client is not counted', async () => {
    const path = socketPath();
    const upstream = await startStreaming();
    await startGateway(upstream.url, { listen: at(path), trustedProxies: ['unix'], maxStreamsPerClient: 1 });
    for (let i = 0; i < 3; i++) {
      const peer = await connectUnix(path);
      peer.write(get());
      expect((await peer.head()).status).toBe(200);
    }
    expect(upstream.lastHeaders()['x-forwarded-for']).toBe('unknown');
  });

  it.each([[[]], [['127.0.0.1', '::1', '0.0.0.0/0', '::/0']]])(
    'is not believed unless it is trusted by name: %j',
    async (trustedProxies) => {
      const path = socketPath();
      const upstream = await startStreaming();
      await startGateway(upstream.url, { listen: at(path), trustedProxies });
      const peer = await connectUnix(path);
      peer.write(get('X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n'));
      await peer.head();
      expect(upstream.lastHeaders()['x-forwarded-for']).toBe('unknown');
      expect(upstream.lastHeaders()).not.toHaveProperty('forwarded');
    },
  );

  it('that is trusted does not make a client over TCP trusted', async () => {
    const upstream = await startStreaming();
    const gateway = await startGateway(upstream.url, { trustedProxies: ['unix'] });
    const peer = await connectPeer(gateway.address.port);
    peer.write(get('X-Forwarded-For: 192.0.2.1\r\n'));
    await peer.head();
    expect(upstream.lastHeaders()['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('is trusted by --trusted-proxy unix; another word is refused', async () => {
    const args = ['gateway', '--check-config', '--upstream', 'http://127.0.0.1:1', '--trusted-proxy'];
    expect((await runCli([...args, 'unix'])).code).toBe(0);
    const { code, stderr } = await runCli([...args, 'socket']);
    expect(code).toBe(2);
    expect(stderr).toContain('expected one such as 10.0.0.0/8 or ::1, or unix');
  });
});

it.each([
  ['without TLS', connectUnix, false],
  ['with TLS', connectSecureUnix, true],
] as const)('maxConnections answers 503 on a unix socket %s', async (_what, connectTo, isSecure) => {
  const path = socketPath();
  const upstream = await startStreaming();
  const { certificate, key } = testCertificate();
  const gateway = await startGateway(upstream.url, {
    listen: at(path),
    maxConnections: 2,
    ...(isSecure && { tlsCert: certificate, tlsKey: key }),
  });
  const held = [await connectTo(path), await connectTo(path)];
  for (const peer of held) {
    peer.write(get());
    expect((await peer.head()).status).toBe(200);
  }
  const third = await connectTo(path);
  third.write(get());
  const { status, fields } = await third.head();
  expect(status).toBe(503);
  expect(fields['proxy-status']).toBe('unclog; error=connection_limit_reached');
  await third.untilEnd();
  held[0]?.socket.destroy();
  await vi.waitUntil(() => gateway.running.openExchanges === 1, SOON);
  const fourth = await connectTo(path);
  fourth.write(get());
  expect((await fourth.head()).status).toBe(200);
});
