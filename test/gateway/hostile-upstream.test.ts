import { describe, expect, it } from 'vitest';
import { connectPeer, parseHead } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange, startPath } from './support/start-gateway.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';

describe('a response head of a stream route that can be read in two ways is answered 502', () => {
  it.each([
    ['length and chunked', `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello`],
    ['lengths that differ', `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
    ['a list of lengths', `${OK}Content-Length: 5, 5\r\n\r\nhello`],
    ['a signed length', `${OK}Content-Length: +5\r\n\r\nhello`],
    ['a length beyond 2^53', `${OK}Content-Length: 99999999999999999\r\n\r\nhello`],
    ['another transfer coding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    [
      'two transfer codings',
      `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['an unknown transfer coding', `${OK}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    [
      'a transfer coding in HTTP/1.0',
      `${OK.replace('1.1', '1.0')}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a folded line', `${OK}X-A: b\r\n c\r\n\r\n`],
    ['a space before the colon', `${OK}X-A : b\r\n\r\n`],
    ['a line without colon', `${OK}nonsense\r\n\r\n`],
    ['an empty name', `${OK}: b\r\n\r\n`],
    ['a bare LF', `${OK}X-A: b\nX-B: c\r\n\r\n`],
    ['bare LF throughout', 'HTTP/1.1 200 OK\nX-A: b\n\n'],
    ['a bare CR in a value', `${OK}X-A: b\rc\r\n\r\n`],
    ['a NUL in a value', `${OK}X-A: b\0c\r\n\r\n`],
    ['a NUL in a name', `${OK}X-\0A: b\r\n\r\n`],
    ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['status 000', 'HTTP/1.1 000 OK\r\n\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['an unasked 101', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'],
    ['endless interim responses', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)],
    ['an endless head', `${OK}X-A: ${'b'.repeat(70_000)}`],
    ['endless fields', `${OK + 'A: b\r\n'.repeat(600)}\r\n`],
  ])('%s', async (_what, head) => {
    const { client, origin, gateway, upstream } = await startExchange();
    origin.write(head);
    const text = await client.until(/\r\n\r\n\{.*\}\n$/s);
    const interims = text.split('HTTP/1.1 102 Processing\r\n\r\n');
    expect(interims.length).toBeLessThan(20);
    const { status, fields, body } = parseHead(interims.at(-1) ?? '');
    expect(status).toBe(502);
    expect(fields['proxy-status']).toMatch(/^unclog; error=(http_|destination)/);
    expect(JSON.parse(body)).toMatchObject({ status: 502 });
    await origin.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'refused' });

    // The same process serves the next request, on the same connection.
    client.write('GET /stream/next HTTP/1.1\r\nHost: a\r\n\r\n');
    await (await upstream.next()).until('GET /stream/next ');
  });
});

describe('a body that is not what its framing says is never completed', () => {
  it.each([
    ['no chunk size', 'hello\r\n'],
    ['a chunk longer than its size', '5\r\nhello!\r\n0\r\n\r\n'],
    ['a size beyond all bounds', 'fffffffffffffffff\r\n'],
    ['a bare LF', '5\nhello\n0\n\n'],
    ['an endless extension', `5;${'a'.repeat(5_000)}\r\nhello\r\n0\r\n\r\n`],
    ['a forbidden trailer', '0\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a malformed trailer', '0\r\nno colon\r\n\r\n'],
    ['endless trailers', `0\r\n${'A: b\r\n'.repeat(5_000)}`],
  ])('%s', async (_what, rest) => {
    const { client, origin, gateway } = await startExchange();
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    origin.write(rest);
    await client.untilEnd();
    expect(client.text).toContain('data: a');
    expect(client.text).not.toMatch(/\r\n0\r\n(?:[^\r\n]*\r\n)*\r\n/);
    expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken' });
    await origin.untilEnd();
  });

  it('an HTTP/1.0 client sees it as a reset', async () => {
    const { client, origin } = await startExchange('GET /stream HTTP/1.0\r\n\r\n');
    origin.write(`${CHUNKED_HEAD + chunk('data: a\n\n')}x`);
    expect(await client.untilEnd()).toBe('reset');
  });
});

describe('bytes that do not belong to the answer are not passed on', () => {
  it.each([
    ['a body after HEAD', 'HEAD', `${OK}Content-Length: 6\r\n\r\nsecret`],
    ['a body after 204', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\nsecret'],
    ['a body after 304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\nsecret'],
    ['bytes after the length', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\noksecret'],
    ['bytes after the last chunk', 'GET', `${CHUNKED_HEAD}2\r\nok\r\n0\r\n\r\nsecret`],
    [
      'another answer',
      'GET',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX: secret\r\n\r\n',
    ],
  ])('%s', async (_what, method, answer) => {
    const { client, origin, upstream } = await startExchange(`${method} /stream HTTP/1.1\r\nHost: a\r\n\r\n`);
    origin.write(answer);
    await client.head();
    await origin.untilEnd();
    // The next answer on this connection comes from a new connection of its own.
    client.write('GET /stream/next HTTP/1.1\r\nHost: a\r\n\r\n');
    const second = await upstream.next();
    await second.until('GET /stream/next ');
    second.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext');
    await client.until('\r\n\r\nnext');
    expect(client.text).not.toContain('secret');
  });
});

describe('interim responses', () => {
  it('go on to an HTTP/1.1 client, before the head', async () => {
    const { client, origin } = await startExchange();
    origin.write(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: X-B\r\nX-B: 1\r\n\r\n',
    );
    expect(await client.until('\r\n\r\n')).toBe(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n',
    );
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
  });

  it('do not reach an HTTP/1.0 client', async () => {
    const { client, origin } = await startExchange('GET /stream HTTP/1.0\r\n\r\n');
    origin.write(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${CHUNKED_HEAD}`);
    expect((await client.head()).status).toBe(200);
  });

  it('of status 100 do not reach a client that did not ask', async () => {
    const { client, origin } = await startExchange();
    origin.write(`HTTP/1.1 100 Continue\r\n\r\n${CHUNKED_HEAD}`);
    expect((await client.head()).status).toBe(200);
  });
});

it('trailers go on behind a chunked body', async () => {
  const { client, origin } = await startExchange('GET /stream HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n');
  expect(origin.text).toMatch(/^te: trailers\r$/im);
  origin.write(
    `${CHUNKED_HEAD.replace('\r\n\r\n', '\r\nTrailer: X-Sum\r\n\r\n')}${chunk('a')}0\r\nX-Sum: 1\r\n\r\n`,
  );
  expect((await client.until('X-Sum: 1\r\n\r\n')).endsWith('1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n')).toBe(true);
});

it('chunk extensions stop at the gateway', async () => {
  const { client, origin } = await startExchange();
  origin.write(`${CHUNKED_HEAD}9;evil=1\r\ndata: a\n\n\r\n0;more\r\n\r\n`);
  expect((await client.until('0\r\n\r\n')).endsWith('\r\n\r\n9\r\ndata: a\n\n\r\n0\r\n\r\n')).toBe(true);
});

it('an answer that comes before the request is refused and its connection not used', async () => {
  const { upstream, gateway } = await startPath();
  const client = await connectPeer(gateway.address.port);
  client.write('POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
  const origin = await upstream.next();
  origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  await client.untilEnd();
  expect((await client.head()).body).toBe('ok');
  await origin.untilEnd();
});
