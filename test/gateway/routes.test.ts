import { describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { GatewayOptionError } from '../../src/gateway/option-error.ts';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, startGateway } from './support/start-gateway.ts';

const named = async (...names: string[]) => Promise.all(names.map((name) => startNamed(name)));

describe('a request goes to the upstream of the first route that matches', () => {
  it('by path, host and method, all of which have to match', async () => {
    const [a, b, c, d] = await named('a', 'b', 'c', 'd');
    const gateway = await startGateway(null, {
      upstreams: {
        a: { targets: [a?.url ?? ''] },
        b: { targets: [b?.url ?? ''] },
        c: { targets: [c?.url ?? ''] },
        d: { targets: [d?.url ?? ''] },
      },
      routes: [
        { paths: ['/x/**'], methods: ['POST'], upstream: 'a' },
        { paths: ['/x/**'], hosts: ['*.example.com', 'other.test'], upstream: 'b' },
        { paths: ['/x/**', '/y'], upstream: 'c' },
        { hosts: ['all.test'], upstream: 'd' },
      ],
    });
    const { port } = gateway.address;
    const where = async (path: string, method = 'GET', host = 'a') =>
      (await fetchRaw(port, path, { method, host })).body;
    expect(await where('/x/1', 'POST')).toBe('a');
    expect(await where('/x/1', 'GET', 'api.example.com')).toBe('b');
    expect(await where('/x/1', 'GET', 'A.B.Example.com:8080')).toBe('b');
    expect(await where('/x/1', 'GET', 'other.test.')).toBe('b');
    expect(await where('/x/1', 'GET', 'example.com')).toBe('c');
    expect(await where('/x/1', 'GET', 'notexample.com')).toBe('c');
    expect(await where('/y?q=/x/')).toBe('c');
    expect(await where('/z', 'PUT', 'all.test')).toBe('d');
  });

  it('one that no route takes is answered 404, and reaches nobody', async () => {
    const [a] = await named('a');
    const gateway = await startGateway(null, {
      upstreams: { a: { targets: [a?.url ?? ''] } },
      routes: [{ paths: ['/x'], upstream: 'a' }],
    });
    const answer = await fetchRaw(gateway.address.port, '/stream');
    expect(answer.status).toBe(404);
    expect(answer.fields['proxy-status']).toBe('unclog; error=destination_not_found');
    expect(a?.requests).toEqual([]);
  });

  it('one that no route takes goes to upstream, where that is given as well', async () => {
    const [a, b] = await named('a', 'b');
    const gateway = await startGateway(b?.url ?? '', {
      upstreams: { a: { targets: [a?.url ?? ''] } },
      routes: [
        { paths: ['/x'], upstream: 'a' },
        { paths: ['/d'], upstream: 'default' },
      ],
    });
    const { port } = gateway.address;
    expect((await fetchRaw(port, '/x')).body).toBe('a');
    expect((await fetchRaw(port, '/d')).body).toBe('b');
    expect((await fetchRaw(port, '/other')).body).toBe('b');
    // The streams of the upstream's own: asked for identity there.
    await fetchRaw(port, '/stream/1', { fields: ['Accept-Encoding: gzip'] });
    expect(b?.lastHeaders()['accept-encoding']).toBe('identity');
    await fetchRaw(port, '/other', { fields: ['Accept-Encoding: gzip'] });
    expect(b?.lastHeaders()['accept-encoding']).toBe('gzip');
  });

  it('a websocket goes by the same routes', async () => {
    const [a] = await named('a');
    const upstream = await startUpstream();
    const gateway = await startGateway(a?.url ?? '', {
      upstreams: { ws: { targets: [upstream.url] } },
      routes: [{ paths: ['/ws'], upstream: 'ws' }],
    });
    const client = await connectPeer(gateway.address.port);
    client.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const origin = await upstream.next();
    expect(await origin.until('\r\n\r\n')).toMatch(/^GET \/ws HTTP/);
    origin.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    );
    await client.until('hello');
  });
});

describe('what a route says holds for it alone', () => {
  it('its stream types', async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway(null, {
      upstreams: { a: { targets: [upstream.url] } },
      routes: [{ paths: ['/nd'], upstream: 'a', streamTypes: ['application/x-ndjson'] }, { upstream: 'a' }],
    });
    for (const [path, isStream] of [
      ['/nd', true],
      ['/other', false],
    ] as const) {
      const client = await connectPeer(gateway.address.port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const origin = await upstream.next();
      await origin.until('\r\n\r\n');
      origin.write(CHUNKED_HEAD.replace('text/event-stream', 'application/x-ndjson'));
      expect((await client.head()).fields.incremental).toBe(isStream ? '?1' : undefined);
    }
  });

  it('the Host field of its upstream, and the path of its target', async () => {
    const [a, b] = await named('a', 'b');
    const gateway = await startGateway(null, {
      hostHeader: 'upstream',
      upstreams: {
        a: { targets: [`${a?.url}/base/`] },
        b: { targets: [b?.url ?? ''], hostHeader: 'client' },
      },
      routes: [
        { paths: ['/a'], upstream: 'a', kind: 'stream' },
        { paths: ['/a2'], upstream: 'a' },
        { upstream: 'b' },
      ],
    });
    const { port } = gateway.address;
    await fetchRaw(port, '/a', { host: 'site.test' });
    expect(a?.lastHeaders().host).toBe(`127.0.0.1:${a?.port}`);
    await fetchRaw(port, '/a2', { host: 'site.test' });
    expect(a?.lastHeaders().host).toBe(`127.0.0.1:${a?.port}`);
    expect(a?.requests).toEqual(['GET /base/a', 'GET /base/a2']);
    await fetchRaw(port, '/b', { host: 'site.test' });
    expect(b?.lastHeaders().host).toBe('site.test');
  });
});

describe('options that mean nothing together are refused, all at once', () => {
  it.each<[what: string, options: Parameters<typeof createGateway>[0], messages: RegExp[]]>([
    ['nothing', {}, [/^upstream is missing, expected a URL/]],
    [
      'an upstream that is not there',
      { upstreams: { api: { targets: ['http://a'] } }, routes: [{ upstream: 'apj' }] },
      [/^routes\[0\]\.upstream: there is no upstream "apj", expected api; did you mean api\?$/],
    ],
    [
      'several things',
      {
        upstreams: { api: { targets: [], balance: 'sticky' } },
        routes: [{ upstream: 'api', paths: ['x'], hosts: ['a:1'], methods: ['get'], streamTypes: ['x'] }],
      },
      [
        /^upstreams\.api\.targets is empty/m,
        /^upstreams\.api\.balance: sticky needs a field/m,
        /^routes\[0\]\.paths\[0\]: "x" matches no path/m,
        /^routes\[0\]\.hosts\[0\]: "a:1" is not a host name/m,
        /^routes\[0\]\.methods\[0\]: "get" is not a method/m,
        /^routes\[0\]\.streamTypes\[0\]: "x" is not a media type/m,
      ],
    ],
    [
      'the gateway as one of the targets',
      {
        listeners: [{ listen: { host: '127.0.0.1', port: 8099 } }],
        upstreams: { api: { targets: ['http://127.0.0.1:1', 'http://127.0.0.1:8099'] } },
        routes: [{ upstream: 'api' }],
      },
      [/^upstreams\.api\.targets\[1\]: .* call itself without end$/],
    ],
    [
      'two routes of one name',
      {
        upstreams: { api: { targets: ['http://a'] } },
        routes: [
          { upstream: 'api', name: '/a' },
          { upstream: 'api', name: '/a' },
        ],
      },
      [/^routes\[1\]\.name: "\/a" is the name of a route before/],
    ],
  ])('%s', async (_what, options, messages) => {
    const error = await createGateway(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayOptionError);
    for (const message of messages) expect((error as Error).message).toMatch(message);
  });
});
