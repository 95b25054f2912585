import { describe, expect, it } from 'vitest';
import { startExchange } from './support/start-gateway.ts';

const PATHS = ['/stream', '/stream/deep/er', '/elsewhere'];

async function answered(path: string, head: string, version = '1.1', method = 'GET') {
  const exchange = await startExchange(`${method} ${path} HTTP/${version}\r\nHost: example.test\r\n\r\n`);
  exchange.origin.write(head);
  return { ...exchange, ...(await exchange.client.head()) };
}

describe.each(PATHS)('the head of a stream on %s', (path) => {
  it('gets every opt-out', async () => {
    const { fields } = await answered(
      path,
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n',
    );
    expect(fields).toMatchObject({
      'x-accel-buffering': 'no',
      incremental: '?1',
      'cache-control': 'no-cache, no-transform',
    });
  });

  it.each([
    ['max-age=5', 'max-age=5, no-transform'],
    ['no-store, no-transform', 'no-store, no-transform'],
    ['NO-TRANSFORM', 'NO-TRANSFORM'],
    ['', 'no-transform'],
  ])('keeps Cache-Control "%s" as "%s"', async (sent, got) => {
    const { fields } = await answered(
      path,
      `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: ${sent}\r\n\r\n`,
    );
    expect(fields['cache-control']).toBe(got);
  });

  it('overrules opt-ins and loses its length', async () => {
    const { fields } = await answered(
      path,
      'HTTP/1.1 200 OK\r\nContent-Type: TEXT/event-stream\r\nX-Accel-Buffering: yes\r\nIncremental: ?0\r\nContent-Length: 100\r\n\r\n',
    );
    expect(fields).toMatchObject({ 'x-accel-buffering': 'no', incremental: '?1' });
    expect(fields).not.toHaveProperty('content-length');
  });

  it('of status 404 stays as it is', async () => {
    const sent = 'HTTP/1.1 404 Not Found\r\nContent-Type: text/event-stream\r\nContent-Length: 4\r\n\r\ngone';
    const { client, fields, status } = await answered(path, sent);
    expect(status).toBe(404);
    expect(fields['content-length']).toBe('4');
    for (const name of ['x-accel-buffering', 'incremental', 'cache-control'])
      expect(fields).not.toHaveProperty(name);
    await client.until('gone');
  });

  it('of another type stays as it is', async () => {
    const sent = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    const { client, fields } = await answered(path, sent);
    expect(fields['content-length']).toBe('2');
    for (const name of ['x-accel-buffering', 'incremental', 'cache-control'])
      expect(fields).not.toHaveProperty(name);
    await client.until('{}');
  });

  it('answers HEAD with the same fields and no body', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';
    const { client, fields } = await answered(path, head, '1.1', 'HEAD');
    expect(fields).toMatchObject({ 'x-accel-buffering': 'no', incremental: '?1' });
    client.write('GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(client.text.endsWith('\r\n\r\n')).toBe(true);
  });
});

it('a type named in streamTypes is a stream too', async () => {
  const { client, origin } = await startExchange('GET /x HTTP/1.1\r\nHost: a\r\n\r\n', {
    streamTypes: ['application/x-ndjson'],
  });
  origin.write('HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: 3\r\n\r\n');
  const { fields } = await client.head();
  expect(fields).toMatchObject({ 'x-accel-buffering': 'no', 'transfer-encoding': 'chunked' });
});

describe('fields between the hops', () => {
  it('hop-by-hop fields and those that Connection names stop here, both ways', async () => {
    const { client, origin } = await startExchange(
      'GET /stream HTTP/1.1\r\nHost: a\r\nConnection: X-Secret, keep-alive\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nProxy-Authorization: b\r\nX-Kept: 2\r\n\r\n',
    );
    expect(origin.text).not.toMatch(/secret|keep-alive|proxy-/i);
    expect(origin.text).toMatch(/^X-Kept: 2\r$/m);
    origin.write(
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n',
    );
    const { fields } = await client.head();
    expect(fields).not.toHaveProperty('x-hop');
    expect(fields).not.toHaveProperty('proxy-authenticate');
    expect(fields['set-cookie']).toBe('a=1, b=2');
  });

  it('an answer without coding is asked for on declared routes, and only there', async () => {
    const fields = 'Host: a\r\nAccept-Encoding: gzip, br\r\n\r\n';
    const declared = await startExchange(`GET /stream HTTP/1.1\r\n${fields}`);
    expect(declared.origin.text.match(/^accept-encoding: .*$/gim)).toEqual(['Accept-Encoding: identity']);
    const ordinary = await startExchange(`GET /x HTTP/1.1\r\n${fields}`);
    expect(ordinary.origin.text).toMatch(/^accept-encoding: gzip, br\r$/im);
  });

  it('Last-Event-ID and the query reach the upstream unchanged', async () => {
    const { origin } = await startExchange(
      'GET /stream?last=%2F&a=[1] HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 42\r\n\r\n',
    );
    expect(origin.text).toMatch(/^GET \/stream\?last=%2F&a=\[1\] HTTP\/1\.1\r\n/);
    expect(origin.text).toContain('\r\nLast-Event-ID: 42\r\n');
  });
});
