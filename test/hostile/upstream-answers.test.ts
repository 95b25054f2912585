import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectPeer, type RawPeer, startUpstream } from '../gateway/support/raw-peer.ts';
import { type Exchange, startExchange, startGateway } from '../gateway/support/start-gateway.ts';
import { answersIn } from './support/attack.ts';

// Stream routes have test/gateway/hostile-upstream.test.ts; here the answers come over the pool of ordinary routes.
const GET = 'GET /shop HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\n';

/** Another client is served, over a connection on which nothing of the bad answer can be left. */
async function expectNextServed({ gateway, upstream, origin }: Exchange) {
  const next = await connectPeer(gateway.address.port);
  next.write('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
  const other: RawPeer = await upstream.next();
  await other.until('GET /next ');
  expect(origin.text).not.toContain('/next');
  other.write(`${OK}Content-Length: 4\r\n\r\nnext`);
  expect((await next.until('\r\n\r\nnext')).startsWith(OK)).toBe(true);
}

describe('an answer of an ordinary route that can be read in two ways is never passed on as good', () => {
  it.each([
    [
      'length and chunked',
      `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    ],
    [
      'chunked and length',
      `${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    ],
    ['lengths that differ', `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
    ['a list of lengths', `${OK}Content-Length: 5, 5\r\n\r\nhello`],
    ['a signed length', `${OK}Content-Length: +5\r\n\r\nhello`],
    ['an overflowing length', `${OK}Content-Length: 99999999999999999999\r\n\r\nhello`],
    ['an unknown transfer coding', `${OK}Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ['a coding around chunked', `${OK}Transfer-Encoding: chunked, gzip\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    [
      'two transfer codings',
      `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    ],
    ['a folded line', `${OK}X-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello`],
    ['a space before the colon', `${OK}X-A : b\r\nContent-Length: 5\r\n\r\nhello`],
    ['a line without colon', `${OK}nonsense\r\nContent-Length: 5\r\n\r\nhello`],
    ['an empty name', `${OK}: b\r\nContent-Length: 5\r\n\r\nhello`],
    ['a bare LF', `${OK}X-A: b\nX-B: c\r\nContent-Length: 5\r\n\r\nhello`],
    ['bare LF throughout', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello'],
    ['a bare CR in a value', `${OK}X-A: b\rc\r\nContent-Length: 5\r\n\r\nhello`],
    ['a NUL in a value', `${OK}X-A: b\0c\r\nContent-Length: 5\r\n\r\nhello`],
    ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 5\r\n\r\nhello'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['status 999 and beyond', 'HTTP/1.1 1000 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    [
      'an unasked 101',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nhello',
    ],
    ['an unasked 101 without protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\nhello'],
    ['endless interim responses', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1_000)],
    ['an endless head', `${OK}X-A: ${'b'.repeat(200_000)}`],
    ['endless fields', `${OK}${'A: b\r\n'.repeat(20_000)}\r\n`],
  ])('%s', async (_what, answer) => {
    const exchange = await startExchange(GET);
    const { client, origin } = exchange;
    origin.write(answer);
    const text = await client.until(/\r\n\r\n\{.*\}\n$/s);
    const interims = text.match(/HTTP\/1\.1 1\d\d /g)?.length ?? 0;
    expect(interims).toBeLessThan(20);
    expect(answersIn(text)).toBe(1);
    expect(text).toMatch(/HTTP\/1\.1 502 [\s\S]*\r\nProxy-Status: unclog; error=/);
    expect(text).not.toContain('hello');
    await origin.untilEnd();
    await expectNextServed(exchange);
  });
});

describe("an answer whose version the pool's parser does not mind is written anew", () => {
  it.each([
    ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
    ['HTTP/2.0', 'HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
  ])('%s', async (_what, answer) => {
    const { client, origin } = await startExchange(GET);
    origin.write(answer);
    const text = await client.until('hello');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.match(/^(?:content-length|transfer-encoding):/gim)).toHaveLength(1);
  });
});

describe('bytes of an ordinary route that do not belong to the answer reach nobody', () => {
  it.each([
    ['a body after HEAD', 'HEAD', `${OK}Content-Length: 6\r\n\r\nsecret`],
    ['a body after 204', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\nsecret'],
    ['a body after 304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\nsecret'],
    ['bytes after the length', 'GET', `${OK}Content-Length: 2\r\n\r\noksecret`],
    [
      'bytes after the last chunk',
      'GET',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nsecret`,
    ],
    ['a second answer', 'GET', `${OK}Content-Length: 2\r\n\r\nok${OK}Content-Length: 6\r\n\r\nsecret`],
  ])('%s', async (_what, method, answer) => {
    const exchange = await startExchange(GET.replace('GET', method));
    exchange.origin.write(answer);
    await exchange.client.head();
    await exchange.origin.untilEnd();
    await expectNextServed(exchange);
    expect(exchange.client.text).not.toContain('secret');
  });

  it('an answer on a kept connection before there was a request', async () => {
    const exchange = await startExchange(GET);
    exchange.origin.write(`${OK}Content-Length: 2\r\n\r\nok`);
    await exchange.client.until('\r\n\r\nok');
    await sleep(50);
    exchange.origin.write(`${OK}Content-Length: 6\r\n\r\nsecret`);
    await exchange.origin.untilEnd();
    await expectNextServed(exchange);
  });
});

describe('a body of an ordinary route that breaks its own framing is never completed', () => {
  it.each([
    ['no chunk size', 'hello\r\n'],
    ['a chunk longer than its size', '5\r\nhello!\r\n0\r\n\r\n'],
    ['a size beyond all bounds', 'fffffffffffffffff\r\n'],
    ['a bare LF', '5\nhello\n0\n\n'],
    ['a malformed trailer', '0\r\nno colon\r\n\r\n'],
    ['endless trailers', `0\r\n${'A: b\r\n'.repeat(50_000)}`],
  ])('%s', async (_what, rest) => {
    const exchange = await startExchange(GET);
    const { client, origin } = exchange;
    origin.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n`);
    await client.until('first');
    origin.write(rest);
    await client.untilEnd();
    expect(client.text).not.toMatch(/\r\n0\r\n(?:[^\r\n]*\r\n)*\r\n/);
    await expectNextServed(exchange);
  });
});

it.each(['Connection: close', 'X-A: b'])(
  'an upstream that closes right behind a large answer with %s harms nobody',
  async (field) => {
    const upstream = await startUpstream();
    const { address } = await startGateway(upstream.url);
    const body = 'x'.repeat(60_000);
    const length = field === 'X-A: b' ? '' : `Content-Length: ${body.length}\r\n`;
    for (let n = 0; n < 100; n++) {
      const client = await connectPeer(address.port);
      client.write(GET);
      const origin = await upstream.next();
      await origin.until('\r\n\r\n');
      // The answer and the end arrive together.
      origin.socket.end(`${OK}${field}\r\n${length}\r\n${body}`);
      const text = await client.until(/x{1000}(?:\r\n0\r\n\r\n)?$/);
      expect(text.match(/x/g)?.length).toBeGreaterThanOrEqual(1_000);
      client.socket.destroy();
    }
  },
);
