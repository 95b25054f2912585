import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { configFile } from './support/config-file.ts';
import { startDeafListener } from './support/deaf-listener.ts';
import { closedPort, fetchRaw, type NamedUpstream, startNamed } from './support/named-upstream.ts';
import { connectPeer, type RawPeer } from './support/raw-peer.ts';
import { type RunningCommand, startCommand } from './support/start-command.ts';

const SOON = { timeout: 10_000, interval: 10 };
const STREAM_TYPE = { 'Content-Type': 'text/event-stream' };

/** What each path of the upstream does; `/echo` answers with the fields it got. */
function answer(req: IncomingMessage, res: ServerResponse): void {
  if (req.url === '/never' || req.method === 'POST') return;
  if (req.url === '/echo') res.end(JSON.stringify(req.headers));
  else if (req.url === '/lines') res.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).end('{}\n');
  else if (req.url?.startsWith('/stream/flood')) {
    res.writeHead(200, STREAM_TYPE);
    const piece = `data: ${'x'.repeat(65_536)}\n\n`;
    const more = (): void => {
      while (res.write(piece));
    };
    res.on('drain', more);
    more();
  } else res.writeHead(200, STREAM_TYPE).flushHeaders();
}

type Way = 'flags' | 'file' | 'route';

/** `unclog gateway` with options as flags, as keys of its file, or (what a route may have) as keys of its routes. */
async function startWith(way: Way, options: Record<string, string>, ofRoute: Record<string, string> = {}) {
  const upstream = await startNamed('a');
  upstream.answer = answer;
  const command = await startWithTargets(way, [upstream.url], options, ofRoute);
  return { upstream, command, port: command.port };
}

function startWithTargets(
  way: Way,
  targets: string[],
  options: Record<string, string>,
  ofRoute: Record<string, string> = {},
): Promise<RunningCommand> {
  const lines = (given: Record<string, string>): string[] =>
    Object.entries(given).map(([name, value]) => `${name}: ${value}`);
  const all = { ...options, ...ofRoute };
  const own = way === 'route' ? lines(ofRoute).join(', ') : '';
  const route = (more: string): string => `  - { ${[more, own].filter((part) => part !== '').join(', ')} }`;
  const text = [
    `upstreams: { all: { targets: [${targets.map((url) => `"${url}"`).join(', ')}], ejection: off } }`,
    'routes:',
    route('paths: [/stream/**], kind: stream, upstream: all'),
    route('upstream: all'),
    ...(way === 'flags' ? [] : lines(way === 'file' ? all : options)),
  ];
  const flags = way === 'flags' ? Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]) : [];
  return startCommand(['--config', configFile(`${text.join('\n')}\n`), '--listen', '127.0.0.1:0', ...flags]);
}

async function send(port: number, text: string): Promise<RawPeer> {
  const client = await connectPeer(port);
  client.write(text);
  return client;
}

const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: site.test\r\n${fields}\r\n`;

describe.each(['flags', 'file'] as const)('given by %s, options of the gateway as a whole act', (way) => {
  it('host-header, trusted-proxy, via, server-timing, stream-type, max-request-head, request-head-timeout, log-level', async () => {
    const { command, upstream, port } = await startWith(
      way,
      {
        'host-header': 'upstream',
        'trusted-proxy': '127.0.0.1',
        via: 'edge-1',
        'max-request-head': '1k',
        'request-head-timeout': '1s',
        'log-level': 'warn',
        // Before a word that is no flag of its own.
        'server-timing': 'true',
      },
      { 'stream-type': 'application/x-ndjson' },
    );
    const slow = await send(port, 'GET /echo HTTP/1.1\r\n');
    const echo = await fetchRaw(port, '/echo', { host: 'site.test', fields: ['X-Forwarded-For: 192.0.2.1'] });
    expect(JSON.parse(echo.body)).toMatchObject({
      host: new URL(upstream.url).host,
      'x-forwarded-for': '192.0.2.1, 127.0.0.1',
      via: '1.1 edge-1',
    });
    expect(echo.fields.via).toBe('1.1 edge-1');
    expect(echo.fields['server-timing']).toMatch(/^unclog-head;dur=/);
    expect((await fetchRaw(port, '/lines')).fields['x-accel-buffering']).toBe('no');
    expect((await fetchRaw(port, '/echo', { fields: [`X-Long: ${'x'.repeat(2_000)}`] })).status).toBe(431);
    expect((await slow.head()).status).toBe(408);
    expect(command.log().filter(({ msg }) => msg === 'exchange')).toEqual([]);
  }, 60_000);

  it('max-connections', async () => {
    const { port } = await startWith(way, { 'max-connections': '1' });
    const first = await send(port, get('/stream/a'));
    expect((await first.head()).status).toBe(200);
    expect((await (await send(port, get('/stream/b'))).head()).status).toBe(503);
  });
});

describe.each(['flags', 'file', 'route'] as const)(
  'given by %s, options that a route may have act',
  (way) => {
    it('max-request-body, head-timeout, idle-timeout, request-body-idle-timeout', async () => {
      const { port } = await startWith(
        way,
        {},
        {
          'max-request-body': '4b',
          'head-timeout': '300ms',
          'idle-timeout': '400ms',
          'request-body-idle-timeout': '300ms',
        },
      );
      const quiet = await send(port, get('/stream/quiet'));
      for (const path of ['/stream/x', '/x']) {
        expect((await fetchRaw(port, path, { method: 'POST', body: '12345' })).status).toBe(413);
        const half = await send(port, `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n1`);
        expect((await half.head()).status).toBe(408);
      }
      expect((await fetchRaw(port, '/never')).status).toBe(504);
      await quiet.untilEnd();
      expect(quiet.text).toMatch(/^HTTP\/1\.1 200 OK/);
      expect(quiet.text).not.toContain('0\r\n\r\n');
    }, 60_000);

    it('max-streams, max-streams-per-client, queue', async () => {
      const { port } = await startWith(
        way,
        { 'trusted-proxy': '127.0.0.1' },
        { 'max-streams': '2', 'max-streams-per-client': '1', queue: '400ms' },
      );
      const open = (client: string) => send(port, get('/stream/a', `X-Forwarded-For: ${client}\r\n`));
      const first = await open('192.0.2.1');
      expect((await first.head()).status).toBe(200);
      const startMs = performance.now();
      expect((await (await open('192.0.2.1')).head()).status).toBe(503);
      expect(performance.now() - startMs).toBeGreaterThan(390);
      expect((await (await open('192.0.2.2')).head()).status).toBe(200);
      const waiting = await open('192.0.2.3');
      first.socket.destroy();
      expect((await waiting.head()).status).toBe(200);
    });

    it('max-age, slow-client-timeout', async () => {
      const { command, port } = await startWith(way, {}, { 'slow-client-timeout': '300ms', 'max-age': '3s' });
      const slow = await connectPeer(port);
      slow.socket.pause();
      slow.write(get('/stream/flood'));
      const old = await send(port, get('/stream/quiet'));
      await old.untilEnd();
      expect(old.text).not.toContain('0\r\n\r\n');
      const outcomes = () => command.log().map(({ path, outcome }) => [path, outcome]);
      await vi.waitUntil(() => outcomes().length === 2, SOON);
      expect(outcomes().sort()).toEqual([
        ['/stream/flood', 'slow-client'],
        ['/stream/quiet', 'max-age'],
      ]);
    }, 60_000);

    it('retries, connect-timeout', async () => {
      const alive = await startNamed('alive');
      const dead = `http://127.0.0.1:${await closedPort()}`;
      const none = await startWithTargets(way, [dead, alive.url], {}, { retries: '0' });
      expect((await fetchRaw(none.port, '/')).status).toBe(502);
      const deaf = `http://127.0.0.1:${await startDeafListener()}`;
      const impatient = await startWithTargets(way, [deaf], {}, { 'connect-timeout': '300ms' });
      expect((await fetchRaw(impatient.port, '/')).fields['proxy-status']).toBe(
        'unclog; error=connection_timeout',
      );
    }, 60_000);
  },
);

describe('given in the file, keys of an upstream act', () => {
  const start = (text: string) => startCommand(['--config', configFile(text), '--listen', '127.0.0.1:0']);

  it('healthCheck with path, interval, timeout, healthyAfter, unhealthyAfter and headers', async () => {
    const target = await startNamed('a');
    let asked = 0;
    let mode: 'ill' | 'silent' | 'well' = 'well';
    const seen: IncomingMessage['headers'][] = [];
    target.answer = (req, res) => {
      if (req.url !== '/up') return void res.end('a');
      asked++;
      seen.push(req.headers);
      if (mode === 'ill') res.writeHead(500).end();
      else if (mode === 'well') res.end();
    };
    const { port, log } = await start(`
upstreams:
  a:
    targets: ${target.url}
    healthCheck: { path: /up, interval: 100ms, timeout: 200ms, healthyAfter: 3, unhealthyAfter: 2, headers: { X-Probe: "1" } }
routes: [{ upstream: a }]
`);
    const logged = (msg: string) => log().filter((line) => line.msg === msg);
    await vi.waitUntil(() => asked > 1, SOON);
    expect(seen[0]).toMatchObject({ 'x-probe': '1' });
    mode = 'ill';
    const before = asked;
    await vi.waitUntil(() => logged('target unhealthy').length === 1, SOON);
    expect(asked - before).toBeGreaterThanOrEqual(2);
    expect((await fetchRaw(port, '/')).status).toBe(503);
    mode = 'well';
    const again = asked;
    await vi.waitUntil(() => logged('target healthy').length === 1, SOON);
    expect(asked - again).toBeGreaterThanOrEqual(3);
    mode = 'silent';
    await vi.waitUntil(() => logged('target unhealthy').length === 2, SOON);
    expect(logged('target unhealthy')[1]?.why).toBe('no answer within 200 ms');
  }, 60_000);

  it('opening-comment, opening-padding, retry, heartbeat, stamp, early-head of a route', async () => {
    const target = await startNamed('a');
    const token = 'correct-horse-battery-staple';
    target.answer = (req, res) => {
      if (req.url?.endsWith('late')) return;
      res.writeHead(200, STREAM_TYPE).flushHeaders();
      setTimeout(() => res.write('data: a\n\n'), 50);
    };
    const { port } = await start(`
upstreams: { a: "${target.url}" }
routes:
  - { paths: [/comment], kind: stream, upstream: a, openingComment: true }
  - { paths: [/late], kind: stream, upstream: a, earlyHead: 200ms }
  - { paths: [/all], kind: stream, upstream: a, openingPadding: 64b, retry: 3s, heartbeat: 200ms, stamp: ${token} }
  - { kind: stream, upstream: a }
`);
    const fields = `Accept: text/event-stream\r\nUnclog-Stamp: ${token}\r\n`;
    const ask = (path: string) => send(port, `GET ${path} HTTP/1.0\r\nHost: a\r\n${fields}\r\n`);
    await (await ask('/comment')).until('\r\n\r\n: \ndata: a\n\n');
    await (await ask('/late')).until('\r\n\r\n: \n');
    const all = await (await ask('/all')).until(/data: a\n\n: \n: \n/);
    expect(all).toMatch(/\r\n\r\n: {62}\nretry: 3000\n: unclog 1 \d{13}\ndata: a\n\n/);
    const plain = await ask('/plain');
    await plain.until('\r\n\r\ndata: a\n\n');
    const late = await ask('/plain-late');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(late.text).toBe('');
    expect(plain.text).not.toMatch(/^:/m);
  }, 60_000);

  it('ejection with failures and for, hostHeader', async () => {
    const [ill, well] = [await startNamed('ill'), await startNamed('well')];
    ill.answer = (_req, res) => void res.writeHead(500).end();
    const { port, log } = await start(`
upstreams:
  all:
    targets: [${ill.url}, ${well.url}]
    ejection: { failures: 2, for: 1s }
    hostHeader: upstream
routes: [{ upstream: all }]
`);
    for (let i = 0; i < 4; i++) await fetchRaw(port, '/', { host: 'site.test' });
    const out = log().find(({ msg }) => msg === 'target taken out');
    expect(out).toMatchObject({ upstream: 'all', forMs: 1_000 });
    const asked = ill.requests.length;
    expect(asked).toBe(2);
    expect(well.lastHeaders().host).toBe(new URL(well.url).host);
    await vi.waitUntil(async () => {
      await fetchRaw(port, '/');
      return ill.requests.length > asked;
    }, SOON);
  }, 60_000);

  it('balance and stickyHeader, and of a route name, methods, hosts and kind', async () => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    const { port, log } = await start(`
upstreams: { all: { targets: [${a.url}, ${b.url}], balance: sticky, stickyHeader: X-Session } }
routes:
  - { name: events, hosts: ["*.example.com"], methods: [GET], kind: stream, upstream: all }
`);
    const ask = (host: string, method = 'GET') =>
      fetchRaw(port, '/', { host, method, fields: ['X-Session: one'] });
    const names = new Set<string>();
    for (let i = 0; i < 4; i++) names.add((await ask('a.example.com')).body);
    expect(names.size).toBe(1);
    expect((await ask('example.com')).status).toBe(404);
    expect((await ask('a.example.com', 'PUT')).status).toBe(404);
    await vi.waitUntil(() => log().filter(({ msg }) => msg === 'exchange').length >= 6, SOON);
    expect(log().filter(({ route, rule }) => route === 'stream' && rule === 'events')).toHaveLength(4);
    const target: NamedUpstream = names.has('a') ? a : b;
    expect(target.lastHeaders()['accept-encoding']).toBe('identity');
  });
});
