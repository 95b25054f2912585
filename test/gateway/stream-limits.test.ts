import { describe, expect, it, vi } from 'vitest';
import { changes, scrape, WITH_ADMIN } from './support/admin-client.ts';
import { connectPeer, type RawPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, type GatewayUnderTest, startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 5 };

interface Refusal {
  status: number;
  fields: Record<string, string>;
}

/** Opens a stream, for the client that a trusted proxy names. Resolves with the refusal, or null once it flows. */
async function open(gateway: GatewayUnderTest, path: string, client?: string) {
  const peer = await connectPeer(gateway.address.port);
  const field = client === undefined ? '' : `X-Forwarded-For: ${client}\r\n`;
  peer.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${field}\r\n`);
  const { status, fields } = await peer.head();
  const refusal: Refusal | null = status === 200 ? null : { status, fields };
  return { peer, refusal };
}

async function start(options: Parameters<typeof startGateway>[1]) {
  const upstream = await startUpstream();
  const answer = async (): Promise<void> => {
    for (;;) {
      const origin: RawPeer = await upstream.next();
      void origin.until('\r\n\r\n').then(() => origin.write(CHUNKED_HEAD));
    }
  };
  answer().catch(() => {});
  return startGateway(null, {
    ...WITH_ADMIN,
    trustedProxies: ['127.0.0.1'],
    upstreams: { all: { targets: [upstream.url] } },
    routes: [
      { name: 'small', paths: ['/small'], upstream: 'all', kind: 'stream', maxStreams: 2 },
      { name: 'fair', paths: ['/fair'], upstream: 'all', kind: 'stream', maxStreamsPerClient: 1 },
      { name: 'rest', upstream: 'all', kind: 'stream' },
    ],
    ...options,
  });
}

const LIMIT = { 'proxy-status': 'unclog; error=connection_limit_reached', 'retry-after': '5' };

describe('a limit on the streams of a client address', () => {
  it('refuses one more, and lets others in; there is room again when one ends', async () => {
    const gateway = await start({ maxStreamsPerClient: 2 });
    const before = await scrape(gateway);
    const first = await open(gateway, '/a', '192.0.2.1');
    expect((await open(gateway, '/b', '192.0.2.1')).refusal).toBeNull();
    const { refusal } = await open(gateway, '/c', '192.0.2.1');
    expect(refusal?.status).toBe(503);
    expect(refusal?.fields).toMatchObject(LIMIT);
    expect((await open(gateway, '/a', '192.0.2.2')).refusal).toBeNull();
    expect(changes(before, await scrape(gateway))).toMatchObject({
      'rejected_requests_total{reason="client-stream-limit"}': 1,
    });
    first.peer.socket.destroy();
    await vi.waitUntil(() => gateway.running.openExchanges === 2, SOON);
    expect((await open(gateway, '/a', '192.0.2.1')).refusal).toBeNull();
  });

  it('takes an IPv6 network for one client', async () => {
    const gateway = await start({ maxStreamsPerClient: 1 });
    expect((await open(gateway, '/a', '2001:db8:0:1::1')).refusal).toBeNull();
    expect((await open(gateway, '/a', '2001:db8:0:1:ffff::2')).refusal?.status).toBe(503);
    expect((await open(gateway, '/a', '2001:db8:0:2::1')).refusal).toBeNull();
    expect((await open(gateway, '/a', '2001:DB8::1')).refusal).toBeNull();
  });

  it('goes by the connection where nobody is trusted, whatever is claimed', async () => {
    const gateway = await start({ maxStreamsPerClient: 1, trustedProxies: [] });
    expect((await open(gateway, '/a', '192.0.2.1')).refusal).toBeNull();
    expect((await open(gateway, '/a', '192.0.2.2')).refusal?.status).toBe(503);
  });

  it('may be that of a route alone', async () => {
    const gateway = await start({});
    expect((await open(gateway, '/fair', '192.0.2.1')).refusal).toBeNull();
    expect((await open(gateway, '/fair', '192.0.2.1')).refusal?.status).toBe(503);
    expect((await open(gateway, '/other', '192.0.2.1')).refusal).toBeNull();
    expect((await open(gateway, '/fair', '192.0.2.2')).refusal).toBeNull();
  });
});

describe('a limit on the streams of a route', () => {
  it('refuses one more there, and nothing elsewhere', async () => {
    const gateway = await start({});
    const before = await scrape(gateway);
    const first = await open(gateway, '/small');
    expect((await open(gateway, '/small')).refusal).toBeNull();
    const { refusal } = await open(gateway, '/small');
    expect(refusal?.status).toBe(503);
    expect(refusal?.fields).toMatchObject(LIMIT);
    expect(changes(before, await scrape(gateway))).toMatchObject({
      'rejected_requests_total{reason="route-stream-limit"}': 1,
    });
    expect((await open(gateway, '/other')).refusal).toBeNull();
    first.peer.socket.destroy();
    await vi.waitUntil(() => gateway.running.openExchanges === 2, SOON);
    expect((await open(gateway, '/small')).refusal).toBeNull();
  });

  it('and that of the gateway both hold: a refused stream takes no place of either', async () => {
    const gateway = await start({ maxStreams: 3 });
    for (let i = 0; i < 2; i++) expect((await open(gateway, '/small')).refusal).toBeNull();
    for (let i = 0; i < 4; i++) expect((await open(gateway, '/small')).refusal?.status).toBe(503);
    expect((await open(gateway, '/other')).refusal).toBeNull();
    expect((await open(gateway, '/other')).refusal?.status).toBe(503);
  });
});
