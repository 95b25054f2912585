import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { GatewayOptionError } from '../../src/gateway/option-error.ts';
import { ListenError } from '../../src/http/listen.ts';
import { ask, scrape, WITH_ADMIN } from './support/admin-client.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, startExchange, startGateway } from './support/start-gateway.ts';

const NOWHERE = 'http://127.0.0.1:9';
const PAGES = ['/healthz', '/readyz', '/metrics', '/streams'];

const adminPort = (url: string | null): number => Number(new URL(url ?? '').port);

describe('the admin server', () => {
  it('is not there unless it is asked for', async () => {
    const gateway = await startGateway(NOWHERE);
    expect(gateway.running.adminUrl).toBeNull();
  });

  it.each(PAGES)('answers GET and HEAD on %s, never to be stored', async (path) => {
    const gateway = await startGateway(NOWHERE, WITH_ADMIN);
    const got = await ask(gateway, path);
    expect(got.status).toBe(200);
    expect(got.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(got.text).not.toBe('');
    const head = await ask(gateway, path, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-type']).toBe(got.headers['content-type']);
    expect((await ask(gateway, `${path}?x=1`)).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('answers %s with 405', async (method) => {
    const gateway = await startGateway(NOWHERE, WITH_ADMIN);
    const { status, headers } = await ask(gateway, '/metrics', method);
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
  });

  it.each(['/', '/metrics/', '/Metrics', '//metrics', '/healthz/..', '/stream'])(
    'answers %s with 404',
    async (path) => {
      const gateway = await startGateway(NOWHERE, WITH_ADMIN);
      expect(await ask(gateway, path)).toMatchObject({ status: 404, text: 'not found\n' });
    },
  );

  it('is never reached on the port of the clients: their requests for its paths go upstream', async () => {
    const { client, origin } = await startExchange('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n', WITH_ADMIN);
    expect(origin.text).toMatch(/^GET \/metrics HTTP\/1\.1\r\n/);
    origin.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    expect((await client.head()).status).toBe(404);
  });

  it('forwards nothing: a stream path is not found on it', async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway(upstream.url, WITH_ADMIN);
    expect((await ask(gateway, '/stream')).status).toBe(404);
    expect(upstream.accepted).toBe(0);
  });

  it.each([
    'GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n',
    `GET /metrics HTTP/1.1\r\nHost: a\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
    '\x16\x03\x01\x02\x00\x01',
    'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  ])('lives through %j', async (bytes) => {
    const gateway = await startGateway(NOWHERE, WITH_ADMIN);
    const peer = await connectPeer(adminPort(gateway.running.adminUrl));
    peer.write(bytes);
    await Promise.race([peer.untilEnd(), peer.until(/HTTP\/1\.1 \d{3}/).catch(() => null)]);
    expect((await ask(gateway, '/healthz')).status).toBe(200);
  });

  it('closes the connection of a request whose body did not all come', async () => {
    const gateway = await startGateway(NOWHERE, WITH_ADMIN);
    const peer = await connectPeer(adminPort(gateway.running.adminUrl));
    peer.write('POST /streams HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc');
    expect((await peer.head()).fields).toMatchObject({ connection: 'close' });
  });
});

describe('/readyz', () => {
  it('is 503 while the gateway drains, though /healthz stays 200; then the server is gone', async () => {
    const { client, origin, gateway } = await startExchange(undefined, {
      ...WITH_ADMIN,
      drainTimeoutMs: 20_000,
    });
    origin.write(CHUNKED_HEAD);
    await client.head();
    expect(await ask(gateway, '/readyz')).toMatchObject({ status: 200, text: 'ready\n' });
    expect((await scrape(gateway)).get('unclog_draining')).toBe(0);
    const closed = gateway.running.close();
    expect(await ask(gateway, '/readyz')).toMatchObject({ status: 503, text: 'not ready\n' });
    expect((await ask(gateway, '/healthz')).status).toBe(200);
    expect((await scrape(gateway)).get('unclog_draining')).toBe(1);
    origin.write('0\r\n\r\n');
    await closed;
    await expect(ask(gateway, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('a scraper that keeps its connection does not hold the shutdown up', async () => {
    const gateway = await startGateway(NOWHERE, { ...WITH_ADMIN, drainTimeoutMs: 20_000 });
    const peer = await connectPeer(adminPort(gateway.running.adminUrl));
    peer.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    await peer.until('ok\n');
    await gateway.running.close();
    await peer.untilEnd();
  });
});

describe('an address that cannot be had', () => {
  it('is told in one sentence, and the port of the clients is not taken', async () => {
    const other = await startGateway(NOWHERE, WITH_ADMIN);
    const port = adminPort(other.running.adminUrl);
    const free = await startGateway(NOWHERE);
    const { port: clientPort } = free.address;
    await free.running.close();
    const starting = createGateway({
      upstream: NOWHERE,
      listen: { host: '127.0.0.1', port: clientPort },
      admin: { host: '127.0.0.1', port },
    });
    await expect(starting).rejects.toThrow(ListenError);
    await expect(starting).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: the port is already taken`);
    await expect(connectPeer(clientPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('when it is the clients’ one, the admin server is let go again', async () => {
    const other = await startGateway(NOWHERE);
    const free = await startGateway(NOWHERE, WITH_ADMIN);
    const port = adminPort(free.running.adminUrl);
    await free.running.close();
    await expect(
      createGateway({ upstream: NOWHERE, listen: other.address, admin: { host: '127.0.0.1', port } }),
    ).rejects.toThrow(ListenError);
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await expect(
      new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each([
    ['the address for clients', { listen: { host: '127.0.0.1', port: 8_089 } }],
    ["the upstream's address", { upstream: 'http://127.0.0.1:8089' }],
  ])('is refused when it is %s', async (what, options) => {
    const starting = createGateway({
      upstream: NOWHERE,
      listen: { host: '127.0.0.1', port: 0 },
      admin: { host: '127.0.0.1', port: 8_089 },
      ...options,
    });
    await expect(starting).rejects.toThrow(GatewayOptionError);
    await expect(starting).rejects.toThrow(`admin: 127.0.0.1:8089 is ${what}, expected one of its own`);
  });
});
