import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { startExchange, startGateway } from './support/start-gateway.ts';

async function startOrigin(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

it('bodies go through byte by byte, both ways', async () => {
  const upload = randomBytes(3_000_000);
  const download = randomBytes(5_000_000);
  const origin = await startOrigin(async (req, res) => {
    const pieces: Buffer[] = [];
    for await (const piece of req) pieces.push(piece as Buffer);
    res.setHeader('X-Got', sha(Buffer.concat(pieces)));
    res.end(download);
  });
  const gateway = await startGateway(origin);
  for (const path of ['/files', '/stream/file']) {
    const got = await fetch(`${gateway.running.url}${path}`, { method: 'PUT', body: upload });
    expect(got.headers.get('x-got')).toBe(sha(upload));
    expect(got.headers.get('content-length')).toBe(String(download.length));
    expect(sha(Buffer.from(await got.arrayBuffer()))).toBe(sha(download));
  }
});

it('status, reason, repeated fields and the base path of the upstream are kept', async () => {
  const origin = await startOrigin((req, res) => {
    res.writeHead(418, 'Short And Stout', [
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'X-Path',
      req.url ?? '',
    ]);
    res.end();
  });
  const gateway = await startGateway(`${origin}/base/`);
  for (const path of ['/tea?x=/../y', '/stream/tea?x=/../y']) {
    const got = await fetch(gateway.running.url + path);
    expect([got.status, got.statusText]).toEqual([418, 'Short And Stout']);
    expect(got.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(got.headers.get('x-path')).toBe(`/base${path}`);
  }
});

it('more answers can be waited for at once than a pool of fixed size has connections', async () => {
  let waiting = 0;
  const origin = await startOrigin((_req, res) => {
    waiting++;
    if (waiting === 300) for (const answer of held) answer.end('ok');
    held.push(res);
    if (waiting === 300) res.end('ok');
  });
  const held: { end(text: string): void }[] = [];
  const gateway = await startGateway(origin);
  const all = Array.from(
    { length: 300 },
    () =>
      new Promise<number | undefined>((resolve, reject) => {
        request(`${gateway.running.url}/wait`, { agent: false }, (res) => resolve(res.resume().statusCode))
          .on('error', reject)
          .end();
      }),
  );
  expect(new Set(await Promise.all(all))).toEqual(new Set([200]));
});

it('a request with fields that undici refuses is answered all the same', async () => {
  const origin = await startOrigin((req, res) => res.end(JSON.stringify(req.headers)));
  const gateway = await startGateway(origin);
  const { hostname, port } = new URL(gateway.running.url);
  const headers = {
    'Keep-Alive': 'timeout=5',
    Connection: 'Upgrade',
    Upgrade: 'h2c',
    Expect: '100-continue',
  };
  const req = request({ hostname, port, path: '/x', method: 'POST', headers, agent: false });
  req.end('body');
  const [res] = await once(req, 'response');
  expect(res.statusCode).toBe(200);
});

/** An exchange that is over, its upstream connection kept in the pool. */
async function startKept() {
  const exchange = await startExchange('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
  exchange.origin.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst');
  await exchange.client.until('\r\n\r\nfirst');
  exchange.client.text = '';
  return exchange;
}

it('an upstream connection is used again', async () => {
  const { client, origin, upstream } = await startKept();
  client.write('GET /second HTTP/1.1\r\nHost: a\r\n\r\n');
  await origin.until('GET /second ');
  expect(upstream.accepted).toBe(1);
});

it('a request whose kept connection closes before the answer is answered 502, not sent again', async () => {
  const { client, origin, upstream } = await startKept();
  client.write('GET /second HTTP/1.1\r\nHost: a\r\n\r\n');
  await origin.until('GET /second ');
  origin.socket.destroy();
  const { status, fields } = await client.head();
  expect(status).toBe(502);
  expect(fields['proxy-status']).toBe('unclog; error=connection_terminated');
  expect(upstream.accepted).toBe(1);
});

it('an answer that nobody asked for is no answer to the next request', async () => {
  const { client, origin, upstream } = await startKept();
  origin.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison');
  await origin.untilEnd();
  client.write('GET /second HTTP/1.1\r\nHost: a\r\n\r\n');
  const second = await upstream.next();
  await second.until('GET /second ');
  second.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond');
  expect(await client.until('\r\n\r\nsecond')).not.toContain('poison');
});

it.each(['/stream', '/x'])('the body of a GET for %s is a body there too (CL.0)', async (path) => {
  const inner = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n';
  const { origin, upstream } = await startExchange(
    `GET ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  );
  await origin.until(`\r\n\r\n${inner}`);
  expect(origin.text).toMatch(new RegExp(`^content-length: ${inner.length}\\r$`, 'im'));
  expect(upstream.accepted).toBe(1);
});

it.each([
  ['length and chunked', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['lengths that differ', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
  ['a space before the colon', 'X-A : b\r\n\r\n'],
  ['a NUL in a value', 'X-A: b\0c\r\n\r\n'],
  ['a bare CR in a value', 'X-A: b\rc\r\n\r\n'],
  ['an endless head', `X-A: ${'b'.repeat(70_000)}`],
])('%s in a head of an ordinary answer is answered 502', async (_what, rest) => {
  const { client, origin, upstream } = await startExchange('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  origin.write(`HTTP/1.1 200 OK\r\n${rest}`);
  const { status, fields } = await client.head();
  expect(status).toBe(502);
  expect(fields['proxy-status']).toMatch(/^unclog; error=http_/);
  await origin.untilEnd();
  client.write('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
  await (await upstream.next()).until('GET /next ');
});
