import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectPeer } from './support/raw-peer.ts';
import { startExchange, startPath } from './support/start-gateway.ts';

const many = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: a\r\n`).join('');

/** What must never arrive is called /admin. */
const SMUGGLED = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n';

describe.each(['/stream', '/x'])('a request for %s that is refused before any upstream is opened', (path) => {
  it.each<[what: string, request: string, status: number]>([
    [
      'CL.TE',
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
      400,
    ],
    [
      'TE.CL',
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${SMUGGLED}`,
      400,
    ],
    [
      'TE.TE',
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'an obscured coding',
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
      501,
    ],
    [
      'a coding before chunked',
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      501,
    ],
    [
      'a coding in HTTP/1.0',
      `POST ${path} HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'a space before the colon',
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'repeated lengths',
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n`,
      400,
    ],
    [
      'conflicting lengths',
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 36\r\n\r\n${SMUGGLED}`,
      400,
    ],
    ['a signed length', `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello`, 400],
    ['two Host fields', `GET ${path} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`, 400],
    ['no Host field', `GET ${path} HTTP/1.1\r\n\r\n`, 400],
    ['user information in Host', `GET ${path} HTTP/1.1\r\nHost: a@b\r\n\r\n`, 400],
    ['a path in Host', `GET ${path} HTTP/1.1\r\nHost: a/b\r\n\r\n`, 400],
    ['a folded line', `GET ${path} HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n`, 400],
    ['bare LF', `GET ${path} HTTP/1.1\nHost: a\n\n`, 400],
    ['a bare CR', `GET ${path} HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n`, 400],
    ['a NUL', `GET ${path} HTTP/1.1\r\nHost: a\r\nX-A: b\0\r\n\r\n`, 400],
    ['too many fields', `GET ${path} HTTP/1.1\r\nHost: a\r\n${many(300)}\r\n`, 431],
    [
      'a header bomb past the count at which Node drops fields',
      `POST ${path} HTTP/1.1\r\nHost: a\r\n${'A:\r\n'.repeat(1_100)}Content-Length: 36\r\n\r\n${SMUGGLED}`,
      431,
    ],
    [
      'a head that is too large',
      `GET ${path} HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    ['a dot segment', `GET ${path}/../admin HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ['an encoded dot segment', `GET ${path}/%2e%2E/admin HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ['a dot segment with a parameter', `GET ${path}/..;a=b/admin HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ['a backslash', `GET ${path}\\..\\admin HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ['a broken absolute form', 'GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an absolute form with user information', `GET http://a@b${path} HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ['another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a fragment', `GET ${path}#a HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n', 405],
    ['HTTP/2.0 as a version', `GET ${path} HTTP/2.0\r\nHost: a\r\n\r\n`, 505],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['no HTTP at all', '\x16\x03\x01\x02\x00', 400],
  ])('%s', async (what, request, status) => {
    const { upstream, gateway } = await startPath();
    const client = await connectPeer(gateway.address.port);
    client.write(request);
    if (what === 'the preface of HTTP/2') await client.untilEnd();
    else {
      const head = await client.head();
      expect(head.status).toBe(status);
      expect(head.fields['proxy-status']).toMatch(/^unclog; error=http_request_/);
      if (status === 400) await client.untilEnd();
    }
    await sleep(20);
    expect(client.text.match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThan(2);
    expect(upstream.accepted).toBe(0);
    // Still serving.
    const next = await connectPeer(gateway.address.port);
    next.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    await (await upstream.next()).until('GET /stream ');
  });
});

describe.each(['/stream', '/x'])('what a client may not tell the upstream of %s', (path) => {
  it('claims about where it comes from, in any spelling', async () => {
    const claims = [
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'X-Forwarded-Prefix',
      'Forwarded',
      'X-Real-IP',
    ];
    const fields = [...claims, ...claims.map((name) => name.replaceAll('-', '_'))];
    const { origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n${fields.map((name) => `${name}: 6.6.6.6\r\n`).join('')}\r\n`,
    );
    expect(origin.text).not.toContain('6.6.6.6');
    expect(origin.text).toMatch(/^x-forwarded-for: 127\.0\.0\.1\r$/im);
    expect(origin.text).toMatch(/^x-forwarded-proto: http\r$/im);
    expect(origin.text).toMatch(/^x-forwarded-host: shop\.test\r$/im);
    expect(origin.text).toMatch(/^host: shop\.test\r$/im);
  });

  it('proxy settings, framing twins, and what only concerns one hop', async () => {
    const fields = [
      'Proxy: http://evil.test',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: secret',
      'Content_Length: 99',
      'Transfer_Encoding: chunked',
      'Keep-Alive: timeout=99',
      'Trailer: X-Evil',
      'HTTP2-Settings: AAA',
      'Upgrade: foo',
    ];
    const { origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields.join('\r\n')}\r\n\r\n`,
    );
    expect(origin.text).not.toMatch(/evil|secret|99|transfer.encoding|settings|upgrade/i);
  });

  it('that Connection removes what the gateway adds', async () => {
    const { origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close, X-Forwarded-For, Host\r\n\r\n`,
    );
    expect(origin.text).toMatch(/^x-forwarded-for: 127\.0\.0\.1\r$/im);
    expect(origin.text).toMatch(/^host: a\r$/im);
  });

  it('another host than the request target names', async () => {
    const { origin } = await startExchange(
      `GET http://real.test${path}?q HTTP/1.1\r\nHost: other.test\r\n\r\n`,
    );
    expect(origin.text).toMatch(/^host: real\.test\r$/im);
    expect(origin.text).toContain(`GET ${path}?q HTTP/1.1\r\n`);
    expect(origin.text).not.toContain('other.test');
  });
});

it('paths go on as they were sent', async () => {
  const target = '/stream/%2Fa//b/%zz/;v=1?x=../..&y=%00';
  const { origin } = await startExchange(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  expect(origin.text.split('\r\n')[0]).toBe(`GET ${target} HTTP/1.1`);
});

it("with hostHeader upstream the upstream gets its own name, and the client's in X-Forwarded-Host", async () => {
  const { origin, upstream } = await startExchange('GET /stream HTTP/1.1\r\nHost: shop.test\r\n\r\n', {
    hostHeader: 'upstream',
  });
  expect(origin.text).toContain(`\r\nHost: 127.0.0.1:${upstream.port}\r\n`);
  expect(origin.text).toContain('\r\nX-Forwarded-Host: shop.test\r\n');
});

describe('an Upgrade that is not websocket is served as an ordinary request', () => {
  it.each(['/stream', '/x'])('h2c on %s opens no tunnel', async (path) => {
    const { client, origin } = await startExchange(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    );
    expect(origin.text).not.toMatch(/upgrade|h2c|http2/i);
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('\r\n\r\nok');
    client.write('GET /stream/second HTTP/1.1\r\nHost: a\r\n\r\n');
  });

  it('with its body', async () => {
    const { client, origin } = await startExchange(
      'POST /stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, websocket\r\nContent-Length: 5\r\n\r\nhello',
    );
    await origin.until('\r\n\r\nhello');
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('\r\n\r\nok');
  });

  it('and its client is noticed when it leaves', async () => {
    const { client, origin } = await startExchange(
      'GET /stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    );
    client.socket.destroy();
    await origin.untilEnd();
  });
});

it('a request head that does not come is answered 408', async () => {
  const { upstream, gateway } = await startPath({ requestHeadTimeoutMs: 500 });
  const silent = await connectPeer(gateway.address.port);
  const slow = await connectPeer(gateway.address.port);
  slow.write('GET /stream HTTP/1.1\r\nHost: ');
  for (const client of [silent, slow]) {
    const { status, fields } = await client.head();
    expect(status).toBe(408);
    expect(fields['proxy-status']).toBe('unclog; error=http_request_error');
    await client.untilEnd();
  }
  expect(upstream.accepted).toBe(0);
});
