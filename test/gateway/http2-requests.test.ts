import { describe, expect, it } from 'vitest';
import { ask, startHttp2Exchange } from './support/http2-exchange.ts';
import { parseHead } from './support/raw-peer.ts';
import { connectSession, startSecurePath } from './support/secure-gateway.ts';
import { CHUNKED_HEAD, chunk } from './support/start-gateway.ts';

describe.each(['/stream', '/x'])('a request over HTTP/2 to %s', (path) => {
  it('reaches the upstream as HTTP/1.1, with the authority as Host and the cookies in one field', async () => {
    const { origin, session } = await startHttp2Exchange(
      { ':path': `${path}?a=1`, ':authority': 'app.test:8443', cookie: ['a=1', 'b=2', 'c=3'], 'x-own': 'é' },
      { via: 'edge' },
    );
    const { statusLine, fields } = parseHead(origin.text);
    expect(statusLine).toBe(`GET ${path}?a=1 HTTP/1.1`);
    expect(fields.host).toBe('app.test:8443');
    expect(fields.cookie).toBe('a=1; b=2; c=3');
    expect(fields['x-forwarded-proto']).toBe('https');
    expect(fields['x-forwarded-host']).toBe('app.test:8443');
    expect(fields['x-forwarded-for']).toBe('127.0.0.1');
    expect(fields.via).toBe('2.0 edge');
    expect(Object.keys(fields).filter((name) => name.startsWith(':'))).toEqual([]);
    expect(session.alpnProtocol).toBe('h2');
  });

  it('gets the answer without fields of a connection', async () => {
    const { client, origin } = await startHttp2Exchange({ ':path': path });
    origin.write(
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: x-gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Kept: a\r\nX-Kept: b\r\nETag: "1"\r\nETag: "1"\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    await client.untilHead();
    expect(client.head).toMatchObject({
      ':status': 200,
      'x-accel-buffering': 'no',
      incremental: '?1',
      'set-cookie': ['a=1', 'b=2'],
      'x-kept': 'a, b',
      etag: '"1"',
    });
    for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'x-gone'])
      expect(client.head).not.toHaveProperty(name);
    expect(client.text).toBe('');
  });

  it('gets the bytes of the body, whatever is in them and however the upstream frames them', async () => {
    for (const framing of ['chunked', 'length', 'close'] as const) {
      const { client, origin } = await startHttp2Exchange({ ':path': path });
      const body = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256)).toString('latin1');
      const type = 'Content-Type: application/octet-stream\r\n';
      if (framing === 'chunked') {
        origin.write(`HTTP/1.1 200 OK\r\n${type}Transfer-Encoding: chunked\r\n\r\n`);
        origin.write(
          `${chunk(body.slice(0, 1))}${chunk(body.slice(1, 66_000))}${chunk(body.slice(66_000))}0\r\n\r\n`,
        );
      } else if (framing === 'length') {
        origin.write(`HTTP/1.1 200 OK\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`);
      } else {
        origin.write(`HTTP/1.1 200 OK\r\n${type}\r\n${body}`);
        origin.socket.end();
      }
      await client.untilClosed();
      expect(client.text.length).toBe(body.length);
      expect(client.text === body).toBe(true);
      expect(client.isWhole).toBe(true);
    }
  });

  it('gets interim answers and trailers', async () => {
    const { client, origin } = await startHttp2Exchange({ ':path': path });
    origin.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: x\r\n\r\n');
    await client.when(() => client.interims.length > 0, 'interim response');
    expect(client.interims[0]).toMatchObject({ ':status': 103, link: '</a.css>; rel=preload' });
    expect(client.head).toBeNull();
    origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\nX-Checksum: 1\r\n\r\n`);
    await client.untilClosed();
    expect(client.trailers).toMatchObject({ 'x-checksum': '1' });
    expect(client).toMatchObject({ text: 'data: a\n\n', isWhole: true });
  });

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n', 200],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', 304],
    ['GET', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', 205],
  ])('%s is answered without a body: %j', async (method, answer, status) => {
    const { client, origin } = await startHttp2Exchange({ ':path': path, ':method': method });
    expect(origin.text.startsWith(`${method} `)).toBe(true);
    origin.write(answer);
    await client.untilClosed();
    expect(client).toMatchObject({ status, text: '', isWhole: true });
  });

  it('sends its body as it comes, and gets an answer before that is whole', async () => {
    const { client, origin } = await startHttp2Exchange({ ':path': path, ':method': 'POST' }, {}, 'first');
    expect(parseHead(origin.text).fields['transfer-encoding']).toBe('chunked');
    await origin.until('5\r\nfirst');
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a\n\n');
    client.stream.write('second');
    await origin.until('6\r\nsecond');
    client.stream.end();
    await origin.until('0\r\n\r\n');
    origin.write('0\r\n\r\n');
    await client.untilClosed();
    expect(client.isWhole).toBe(true);
  });

  it('keeps the length that it announces', async () => {
    const { client, origin } = await startHttp2Exchange(
      { ':path': path, ':method': 'POST', 'content-length': '5' },
      {},
      'hel',
    );
    client.stream.end('lo');
    await origin.until('hello');
    expect(parseHead(origin.text)).toMatchObject({ fields: { 'content-length': '5' }, body: 'hello' });
  });

  it('is over with its answer, though its body is not', async () => {
    const { client, origin, gateway } = await startHttp2Exchange(
      { ':path': path, ':method': 'POST' },
      {},
      'hello',
    );
    await origin.until('hello');
    origin.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno\n');
    await client.untilClosed();
    expect(client).toMatchObject({ status: 413, text: 'no\n' });
    expect(client.code).toBe(0);
    expect(await gateway.exchange()).toMatchObject({ outcome: 'complete', httpVersion: '2.0' });
  });
});

describe('an HTTP/2 connection', () => {
  it('carries many requests at once, each answer its own', async () => {
    const { upstream, gateway } = await startSecurePath();
    const session = connectSession(gateway.address.port);
    const clients = Array.from({ length: 60 }, (_, i) => ask(session, { ':path': `/stream/${i}` }));
    const origins = await Promise.all(clients.map(() => upstream.next()));
    for (const origin of origins) {
      const [, n] = /^GET \/stream\/(\d+) /.exec(await origin.until('\r\n\r\n')) ?? [];
      origin.write(CHUNKED_HEAD + chunk(`data: ${n}\n\n`));
    }
    await Promise.all(clients.map((client, i) => client.until(`data: ${i}\n\n`)));
    expect(clients.map(({ text }) => text)).toEqual(clients.map((_, i) => `data: ${i}\n\n`));
  });

  it('gets refusals as answers, and stays', async () => {
    const { upstream, gateway } = await startSecurePath();
    const session = connectSession(gateway.address.port);
    for (const [fields, status] of [
      [{ ':path': '/a/../b' }, 400],
      [{ ':path': '/x', expect: 'miracles' }, 417],
      [{ ':path': '/x', ':authority': 'a@b' }, 400],
      [{ ':path': '/x', ':authority': 'a', host: 'b' }, 400],
      [{ ':path': '/x', ...Object.fromEntries(Array.from({ length: 230 }, (_, i) => [`x-${i}`, '1'])) }, 431],
      [{ ':path': '/x', 'x-long': 'x'.repeat(20_000) }, 431],
    ] as const) {
      const client = ask(session, fields);
      await client.untilClosed();
      // Newer versions of the library reset a stream with such an authority themselves.
      if (client.status === null && Object.values<string>(fields).includes('a@b')) continue;
      expect([Object.values(fields), client.status]).toEqual([Object.values(fields), status]);
      expect(client.head?.['content-type']).toBe('application/problem+json');
      expect(client.head?.['proxy-status']).toMatch(/^unclog; error=/);
    }
    expect(upstream.accepted).toBe(0);
    const honest = ask(session);
    (await upstream.next()).write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await honest.until('data: a\n\n');
  });

  it('answers OPTIONS * for itself', async () => {
    const { gateway } = await startSecurePath();
    const client = ask(connectSession(gateway.address.port), {
      ':method': 'OPTIONS',
      ':path': '*',
      'max-forwards': '0',
    });
    await client.untilClosed();
    expect(client).toMatchObject({ status: 204, isWhole: true });
  });

  it('refuses CONNECT', async () => {
    const { gateway, upstream } = await startSecurePath();
    const session = connectSession(gateway.address.port);
    const client = ask(session, {
      ':method': 'CONNECT',
      ':authority': 'a.test:443',
      ':path': undefined as never,
    });
    await client.untilHead();
    expect(client.status).toBe(405);
    expect(upstream.accepted).toBe(0);
  });

  it('is not offered WebSockets', async () => {
    const { gateway } = await startSecurePath();
    const session = connectSession(gateway.address.port);
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    expect(session.remoteSettings.enableConnectProtocol).toBe(false);
  });

  it('gets 502 with the reason when there is no upstream', async () => {
    const { gateway, upstream } = await startSecurePath();
    await upstream.close();
    const client = ask(connectSession(gateway.address.port));
    await client.untilClosed();
    expect(client.status).toBe(502);
    expect(client.head?.['proxy-status']).toBe('unclog; error=connection_refused');
    expect(JSON.parse(client.text)).toMatchObject({ status: 502 });
  });
});
