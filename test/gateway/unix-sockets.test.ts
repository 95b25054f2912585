import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { ask as askAdmin, scrape, WITH_ADMIN } from './support/admin-client.ts';
import { connectPeer, RawPeer, type ScriptedUpstream, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startGateway } from './support/start-gateway.ts';

const BIN = fileURLToPath(new URL('../../bin/unclog.js', import.meta.url));
const SOON = { timeout: 15_000, interval: 20 };

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'unclog-unix-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const at = (path: string) => ({ host: '', port: 0, path });

async function connectUnix(path: string): Promise<RawPeer> {
  const socket = connect({ path, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return new RawPeer(socket);
}

/** An upstream on a unix socket whose every byte is written by the test. */
async function startUnixUpstream(path: string): Promise<Pick<ScriptedUpstream, 'next'>> {
  const peers: RawPeer[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => peers.push(new RawPeer(socket))).listen(
    path,
  );
  await once(server, 'listening');
  onTestFinished(() => {
    for (const { socket } of peers) socket.destroy();
    server.close();
  });
  return {
    next: () =>
      vi.waitFor(() => {
        const peer = peers.shift();
        if (peer === undefined) throw new Error('the upstream got no connection');
        return peer;
      }, SOON),
  };
}

/** `unclog gateway` on a unix socket, once it says that it listens. */
async function startOn(path: string, more: string[] = []) {
  const child = spawn(
    process.execPath,
    [BIN, 'gateway', '--upstream', 'http://127.0.0.1:9', '--listen', `unix:${path}`, ...more],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  await vi.waitFor(() => expect(stderr).toContain(`listening on unix:${path}\n`), SOON);
  return child;
}

describe('listening on a unix socket', () => {
  it('serves streams and says what is known of the client', async () => {
    const path = join(folder(), 'gw.sock');
    const upstream = await startUpstream();
    const gateway = await startGateway(upstream.url, { listen: at(path), ...WITH_ADMIN });
    expect(gateway.running.url).toBe(`unix:${path}`);
    const client = await connectUnix(path);
    client.write('GET /stream HTTP/1.1\r\nHost: a.test\r\n\r\n');
    const origin = await upstream.next();
    const head = await origin.until('\r\n\r\n');
    expect(head).toContain('X-Forwarded-For: unknown\r\n');
    expect(head).toContain('X-Forwarded-Proto: http\r\n');
    origin.write(CHUNKED_HEAD);
    for (let n = 0; n < 100; n++) {
      origin.write(chunk(`data: event ${n}\n\n`));
      await client.until(`data: event ${n}\n\n`);
    }
    expect(JSON.parse((await askAdmin(gateway, '/streams')).text).streams).toMatchObject([
      { client: 'unix' },
    ]);
    client.socket.destroy();
    await origin.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone' });
  });

  it('removes the socket at the end, and takes a stale one away at the start', async () => {
    const path = join(folder(), 'gw.sock');
    const killed = await startOn(path);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect(statSync(path).isSocket()).toBe(true);
    const child = await startOn(path);
    const client = await connectUnix(path);
    client.write('OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n');
    expect((await client.head()).status).toBe(204);
    child.kill('SIGTERM');
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it('is shared by workers, one after the other', async () => {
    const path = join(folder(), 'gw.sock');
    const killed = await startOn(path, ['--workers', '2']);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    const child = await startOn(path, ['--workers', '2']);
    for (let i = 0; i < 4; i++) {
      const client = await connectUnix(path);
      client.write('OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n');
      expect((await client.head()).status).toBe(204);
    }
    child.kill('SIGTERM');
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it('gives the socket the mode that the umask leaves', async () => {
    const path = join(folder(), 'gw.sock');
    const mask = process.umask(0o027);
    onTestFinished(() => void process.umask(mask));
    await startOn(path);
    expect(statSync(path).mode & 0o777).toBe(0o750);
  });

  it('does not take a socket away from a program that listens, nor any other file', {
    timeout: 90_000,
  }, async () => {
    const made = folder();
    const path = join(made, 'taken.sock');
    await startUnixUpstream(path);
    const args = ['gateway', '--upstream', 'http://127.0.0.1:9', '--listen'];
    const taken = await runCli([...args, `unix:${path}`]);
    expect(taken).toMatchObject({ code: 1 });
    expect(taken.stderr).toContain(`cannot listen on unix:${path}: another program listens on it`);
    expect(statSync(path).isSocket()).toBe(true);
    const file = join(made, 'precious.txt');
    writeFileSync(file, 'precious');
    const kept = await runCli([...args, `unix:${file}`]);
    expect(kept).toMatchObject({ code: 1 });
    expect(kept.stderr).toContain('the file there is no socket');
    expect(statSync(file).size).toBe(8);
    const nowhere = await runCli([...args, `unix:${made}/none/gw.sock`]);
    expect(nowhere.stderr).toContain('there is no such folder');
    for (const odd of ['unix:', 'unix:relative.sock', `unix:/${'x'.repeat(200)}`])
      expect(await runCli([...args, odd])).toMatchObject({ code: 2 });
  });

  /** A client whose upstream breaks off behind the first event. */
  async function startBrokenAnswer(request: string) {
    const path = join(folder(), 'gw.sock');
    const upstream = await startUpstream();
    const gateway = await startGateway(upstream.url, { listen: at(path), ...WITH_ADMIN });
    const client = await connectUnix(path);
    client.write(request);
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a\n\n');
    origin.socket.end();
    return { client, gateway };
  }

  it('counts and logs a broken answer that cannot be shown as such', async () => {
    const { client, gateway } = await startBrokenAnswer('GET /stream HTTP/1.0\r\n\r\n');
    expect(await client.untilEnd()).toBe('fin');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken' });
    expect(gateway.log.map(({ msg }) => msg)).toContain('a broken answer looks whole to its client');
    expect((await scrape(gateway)).get('unclog_unmarked_breaks_total')).toBe(1);
  });

  it('breaks chunked answers off as ever, without a last chunk', async () => {
    const { client, gateway } = await startBrokenAnswer('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.untilEnd();
    expect(client.text).not.toContain('0\r\n\r\n');
    expect((await scrape(gateway)).get('unclog_unmarked_breaks_total')).toBe(0);
  });
});

describe('an upstream on a unix socket', () => {
  it.each([
    ['unix:', '/stream', ''],
    ['unix://', '/x', ''],
    ['unix:', '/stream', ':/base'],
    ['unix:', '/x', ':/base/'],
  ])('%s serves %s with %j behind its path', async (scheme, target, base) => {
    const path = join(folder(), 'app.sock');
    const upstream = await startUnixUpstream(path);
    const gateway = await startGateway(`${scheme}${path}${base}`);
    const client = await connectPeer(gateway.address.port);
    client.write(`GET ${target}?a HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    const origin = await upstream.next();
    const head = await origin.until('\r\n\r\n');
    expect(head.startsWith(`GET ${base.replace(/^:|\/$/g, '')}${target}?a HTTP/1.1\r\n`)).toBe(true);
    expect(head.toLowerCase()).toContain('host: a.test\r\n');
    origin.write(CHUNKED_HEAD);
    for (let n = 0; n < 50; n++) {
      origin.write(chunk(`data: event ${n}\n\n`));
      await client.until(`data: event ${n}\n\n`);
    }
    origin.socket.end();
    await client.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken' });
  });

  it('gets websockets', async () => {
    const path = join(folder(), 'app.sock');
    const upstream = await startUnixUpstream(path);
    const gateway = await startGateway(`unix:${path}`);
    const client = await connectPeer(gateway.address.port);
    client.write(
      'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
    );
    const origin = await upstream.next();
    expect(await origin.until('\r\n\r\n')).toMatch(/^GET \/ws HTTP\/1\.1\r\n/);
    origin.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    );
    await client.until(/^HTTP\/1\.1 101 .*\r\n\r\nhello$/s);
  });

  it('ends a close-delimited answer with its connection, unverified', async () => {
    const path = join(folder(), 'app.sock');
    const upstream = await startUnixUpstream(path);
    const gateway = await startGateway(`unix:${path}`);
    const client = await connectPeer(gateway.address.port);
    client.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(`${CLOSE_HEAD}data: a\n\n`);
    await client.until('data: a\n\n');
    origin.socket.destroy();
    await client.until('0\r\n\r\n');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'unverified' });
  });

  it.each(['/stream', '/x'])(
    'that is not there is refused on %s like a port that nobody listens on',
    async (target) => {
      const gateway = await startGateway(`unix:${folder()}/none.sock`);
      const client = await connectPeer(gateway.address.port);
      client.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const { status, fields } = await client.head();
      expect([status, fields['proxy-status']]).toEqual([502, 'unclog; error=connection_refused']);
    },
  );

  it('is refused with one sentence when it is no path, or the gateway’s own', async () => {
    for (const odd of ['unix:', 'unix:app.sock', 'unix:/a.sock:base']) {
      const { code, stderr } = await runCli(['gateway', '--upstream', odd]);
      expect([odd, code, stderr.includes('expected the absolute path')]).toEqual([odd, 2, true]);
    }
    const own = await runCli(['gateway', '--upstream', 'unix:/tmp/a.sock', '--listen', 'unix:/tmp/a.sock']);
    expect(own.code).toBe(2);
    expect(own.stderr).toContain('listens on');
  });
});
