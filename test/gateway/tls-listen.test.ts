import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ask } from './support/http2-exchange.ts';
import { startUpstream } from './support/raw-peer.ts';
import {
  connectSecurePeer,
  connectSession,
  startSecurePath,
  testCertificate,
} from './support/secure-gateway.ts';
import { startCommand } from './support/start-command.ts';
import { CHUNKED_HEAD, chunk, startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 15_000, interval: 50 };

/** The common name that a connection to this port is shown. */
async function shownName(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

describe('a gateway with a certificate', () => {
  it('says https, and serves HTTP/1.1 as it does without', async () => {
    const { upstream, gateway } = await startSecurePath({ via: 'edge' });
    expect(gateway.running.url).toBe(`https://127.0.0.1:${gateway.address.port}`);
    const client = await connectSecurePeer(gateway.address.port);
    expect(client.socket.alpnProtocol).toBe('http/1.1');
    client.write('GET /stream HTTP/1.1\r\nHost: a.test\r\n\r\n');
    const origin = await upstream.next();
    const head = await origin.until('\r\n\r\n');
    expect(head).toContain('X-Forwarded-Proto: https\r\n');
    expect(head).toContain('X-Forwarded-For: 127.0.0.1\r\n');
    expect(head).toContain('Via: 1.1 edge\r\n');
    origin.write(CHUNKED_HEAD);
    await client.until('\r\n\r\n');
    for (let n = 0; n < 300; n++) {
      origin.write(chunk(`data: event ${n}\n\n`));
      await client.until(`data: event ${n}\n\n`);
    }
    client.socket.destroy();
    await origin.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', httpVersion: '1.1' });
  });

  it('keeps HTTP/1.1 connections for the next request, and carries WebSockets', async () => {
    const { upstream, gateway } = await startSecurePath();
    const client = await connectSecurePeer(gateway.address.port);
    for (const path of ['/x', '/y']) {
      client.text = '';
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      if (path === '/x') {
        const origin = await upstream.next();
        origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
        origin.socket.end();
      } else (await upstream.next()).write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      await client.until('\r\n\r\nok');
    }
    client.text = '';
    client.write(
      'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
    );
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    );
    await client.until(/^HTTP\/1\.1 101 .*\r\n\r\nhello$/s);
    client.write('back');
    await origin.until('back');
  });

  it('serves an upgrade to h2c as the ordinary request that it also is', async () => {
    const { upstream, gateway } = await startSecurePath();
    const client = await connectSecurePeer(gateway.address.port);
    client.write(
      'GET /stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    const origin = await upstream.next();
    expect(await origin.until('\r\n\r\n')).not.toMatch(/upgrade|http2-settings/i);
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a\n\n');
  });

  it.each([
    ['h2', ['h2', 'http/1.1'], 'h2'],
    ['http/1.1', ['http/1.1'], 'http/1.1'],
    ['http/1.0, as curl --http1.0 does', ['http/1.0'], 'http/1.0'],
    ['nothing', [], false],
  ])('serves a client that offers %s', async (_what, offered, chosen) => {
    const { gateway } = await startSecurePath();
    const client = await connectSecurePeer(gateway.address.port, offered);
    expect(client.socket.alpnProtocol).toBe(chosen);
    if (chosen === 'h2') return;
    client.write('OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n');
    expect((await client.head()).status).toBe(204);
  });

  it('ends connections that do not get through the handshake in the time for a head', async () => {
    const { gateway } = await startSecurePath({ requestHeadTimeoutMs: 300 });
    const idle = connect(gateway.address.port, '127.0.0.1');
    const plain = connect(gateway.address.port, '127.0.0.1');
    for (const socket of [idle, plain]) {
      socket.on('error', () => {});
      onTestFinished(() => void socket.destroy());
    }
    plain.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await Promise.all([idle, plain].map((socket) => once(socket.resume(), 'close')));
  });

  it('closes at once though a client is stuck in its handshake', async () => {
    const { gateway } = await startSecurePath();
    const idle = connect(gateway.address.port, '127.0.0.1');
    idle.on('error', () => {});
    onTestFinished(() => void idle.destroy());
    await once(idle, 'connect');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedMs = performance.now();
    await gateway.running.close();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  it('refuses requests on more connections than allowed, over HTTP/1.1 and HTTP/2', async () => {
    const { upstream, gateway } = await startSecurePath({ maxConnections: 1 });
    const first = ask(connectSession(gateway.address.port));
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    const second = ask(connectSession(gateway.address.port));
    await second.untilClosed();
    expect(second.status).toBe(503);
    expect(second.head?.['proxy-status']).toBe('unclog; error=connection_limit_reached');
    expect(second.head?.['retry-after']).toBe('5');
    const third = await connectSecurePeer(gateway.address.port);
    third.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await third.head()).status).toBe(503);
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await first.until('data: a');
  });

  it('drains HTTP/2: lets streams end, takes no more, then breaks the rest off', async () => {
    const { upstream, gateway } = await startSecurePath({ drainTimeoutMs: 700 });
    const session = connectSession(gateway.address.port);
    const [ends, stays] = [ask(session), ask(session)];
    const origins = [await upstream.next(), await upstream.next()];
    for (const origin of origins) {
      await origin.until('\r\n\r\n');
      // Within an event, where no stream is ended cleanly.
      origin.write(CHUNKED_HEAD + chunk('data: a\n\ndata: b'));
    }
    await Promise.all([ends.until('data: b'), stays.until('data: b')]);
    const told = once(session, 'goaway');
    const closed = gateway.running.close();
    expect((await told)[0]).toBe(0);
    origins[0]?.write(`${chunk('\n\n')}0\r\n\r\n`);
    // Which of the two connections has which stream is not said.
    await vi.waitFor(() => expect([ends, stays].filter(({ isWhole }) => isWhole)).toHaveLength(1), SOON);
    await closed;
    await Promise.all([ends.untilClosed(), stays.untilClosed()]);
    expect([ends.code, stays.code].sort()).toEqual([0, 2]);
    expect(
      gateway.log
        .filter(({ msg }) => msg === 'exchange')
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['complete', 'drained']);
  });
});

describe('the certificate', () => {
  it('is read again when the files change, and open streams do not notice', async () => {
    const [old, next] = [testCertificate('old.test'), testCertificate('new.test')];
    const upstream = await startUpstream();
    const gateway = await startGateway(upstream.url, { tlsCert: old.certificate, tlsKey: old.key });
    const stream = ask(connectSession(gateway.address.port));
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD + chunk('data: before\n\n'));
    await stream.until('data: before');
    expect(await shownName(gateway.address.port)).toBe('old.test');
    // One after the other: in between the two do not belong together.
    copyFileSync(next.certificate, old.certificate);
    await new Promise((resolve) => setTimeout(resolve, 200));
    copyFileSync(next.key, old.key);
    await vi.waitFor(async () => expect(await shownName(gateway.address.port)).toBe('new.test'), SOON);
    origin.write(chunk('data: after\n\n'));
    await stream.until('data: after');
    expect(gateway.log.find(({ msg }) => msg === 'certificate reloaded')).toMatchObject({
      subject: 'CN=new.test',
    });
  });

  it('is read again when a symbolic link is turned, as in a Kubernetes secret', async () => {
    const [old, next] = [testCertificate('old.test'), testCertificate('new.test')];
    const data = join(old.folder, '..data');
    symlinkSync(old.folder, data);
    const gateway = await startGateway('http://127.0.0.1:9', {
      tlsCert: join(data, 'cert.pem'),
      tlsKey: join(data, 'key.pem'),
    });
    symlinkSync(next.folder, join(old.folder, '..tmp'));
    renameSync(join(old.folder, '..tmp'), data);
    await vi.waitFor(async () => expect(await shownName(gateway.address.port)).toBe('new.test'), SOON);
  });

  it.each([
    ['is no longer there', (cert: string) => unlinkSync(cert), 'there is no such file'],
    ['is damaged', (cert: string) => writeFileSync(cert, 'oops'), 'holds no certificate'],
    [
      'belongs to another key',
      (cert: string) => copyFileSync(testCertificate('other.test').certificate, cert),
      'does not belong to the certificate',
    ],
  ])('stays, and the log says so, when the new one %s', async (_what, spoil, said) => {
    const made = testCertificate('old.test');
    const gateway = await startGateway('http://127.0.0.1:9', { tlsCert: made.certificate, tlsKey: made.key });
    spoil(made.certificate);
    await vi.waitFor(() => {
      const line = gateway.log.find(({ msg }) => msg.startsWith('certificate not reloaded'));
      expect(line?.detail).toContain(said);
      expect(line?.detail).toContain(made.certificate);
    }, SOON);
    expect(await shownName(gateway.address.port)).toBe('old.test');
    expect(gateway.running.reloadCertificate()).toBe(false);
  });

  it.each([
    ['one process', []],
    ['two workers', ['--workers', '2']],
  ])('is read again on SIGHUP by %s', async (_what, more) => {
    const [old, next] = [testCertificate('old.test'), testCertificate('new.test')];
    const command = await startCommand([
      ...['--upstream', 'http://127.0.0.1:9', '--listen', '127.0.0.1:0'],
      ...['--tls-cert', old.certificate, '--tls-key', old.key],
      ...more,
    ]);
    expect(await shownName(command.port)).toBe('old.test');
    copyFileSync(next.certificate, old.certificate);
    copyFileSync(next.key, old.key);
    command.child.kill('SIGHUP');
    // At once, not when the files are looked at next. Each worker, whichever it is that answers.
    await vi.waitFor(
      () =>
        expect(command.log().filter(({ msg }) => msg === 'certificate reloaded').length).toBeGreaterThan(
          more.length / 2,
        ),
      SOON,
    );
    for (let i = 0; i < 4; i++) expect(await shownName(command.port)).toBe('new.test');
    expect(command.child.exitCode).toBeNull();
  });

  it('that has expired is served, and the log warns', async () => {
    const made = testCertificate('old.test');
    const expired = join(made.folder, 'expired.pem');
    execFileSync(
      'openssl',
      ['x509', '-in', made.certificate, '-signkey', made.key, '-days', '-1', '-out', expired],
      { stdio: 'ignore' },
    );
    const gateway = await startGateway('http://127.0.0.1:9', { tlsCert: expired, tlsKey: made.key });
    expect(await shownName(gateway.address.port)).toBe('old.test');
    expect(gateway.log).toMatchObject([
      { msg: 'certificate has expired', subject: 'CN=old.test', file: expired },
    ]);
  });

  it('is checked by clients as usual', async () => {
    const made = testCertificate();
    const gateway = await startGateway('http://127.0.0.1:9', { tlsCert: made.certificate, tlsKey: made.key });
    const refused = request({ port: gateway.address.port, host: 'localhost', agent: false });
    refused.end();
    const [error] = await once(refused, 'error');
    expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});
