import { describe, expect, it } from 'vitest';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startGateway } from './support/start-gateway.ts';

const WAYS = ['/stream', '/upload'];

async function startLimited() {
  const upstream = await startUpstream();
  const gateway = await startGateway(upstream.url, { maxRequestBodyBytes: 1_000 });
  return { upstream, gateway, port: gateway.address.port };
}

describe('a request body larger than maxRequestBody', () => {
  it.each(WAYS)('is refused before anything is sent where its length is known (%s)', async (path) => {
    const { upstream, port } = await startLimited();
    const client = await connectPeer(port);
    client.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n`);
    const { status, fields } = await client.head();
    expect([status, fields['proxy-status']]).toEqual([413, 'unclog; error=http_request_error']);
    await client.untilEnd();
    expect(upstream.accepted).toBe(0);
  });

  it.each(WAYS)('is given up as soon as it is too large where it is not (%s)', async (path) => {
    const { upstream, port } = await startLimited();
    const client = await connectPeer(port);
    client.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('x'.repeat(900))}`,
    );
    const origin = await upstream.next();
    await origin.until('x'.repeat(900));
    client.write(chunk('y'.repeat(101)));
    expect((await client.head()).status).toBe(413);
    await origin.untilEnd();
    expect(origin.text).not.toContain('0\r\n\r\n');
    await client.untilEnd();
  });

  it.each(WAYS)('breaks the answer off that has begun (%s)', async (path) => {
    const { upstream, gateway, port } = await startLimited();
    const client = await connectPeer(port);
    client.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('x'.repeat(900))}`,
    );
    const origin = await upstream.next();
    await origin.until('x'.repeat(900));
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    client.write(chunk('y'.repeat(101)));
    await client.untilEnd();
    expect(client.text).not.toContain('\r\n0\r\n\r\n');
    await origin.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'request-body-too-large' });
  });

  it.each(WAYS)('is not one that just fits (%s)', async (path) => {
    const { upstream, port } = await startLimited();
    for (const framing of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
      const client = await connectPeer(port);
      const body = 'x'.repeat(1_000);
      client.write(`POST ${path} HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`);
      client.write(framing.endsWith('chunked') ? `${chunk(body)}0\r\n\r\n` : body);
      const origin = await upstream.next();
      await origin.until(body);
      if (framing.endsWith('chunked')) await origin.until('\r\n0\r\n\r\n');
      origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      await client.until('\r\n\r\nok');
    }
  });

  it('may be allowed to one route', async () => {
    const upstream = await startNamed('a');
    const gateway = await startGateway(upstream.url, {
      maxRequestBodyBytes: 10,
      routes: [
        { paths: ['/large'], upstream: 'default', maxRequestBodyBytes: 20 },
        { paths: ['/any'], upstream: 'default', maxRequestBodyBytes: null },
      ],
    });
    const post = async (path: string, length: number) =>
      (await fetchRaw(gateway.address.port, path, { method: 'POST', body: 'x'.repeat(length) })).status;
    expect([await post('/', 10), await post('/', 11)]).toEqual([200, 413]);
    expect([await post('/large', 20), await post('/large', 21)]).toEqual([200, 413]);
    expect(await post('/any', 10_000)).toBe(200);
  });
});

describe('a request head', () => {
  const withField = (bytes: number): string =>
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(bytes)}\r\nConnection: close\r\n\r\n`;
  const statusOf = async (port: number, bytes: number): Promise<number> => {
    const client = await connectPeer(port);
    client.write(withField(bytes));
    return (await client.head()).status;
  };

  it('may be larger or must be smaller than usual when told so', async () => {
    const upstream = await startNamed('a');
    const large = await startGateway(upstream.url, { maxRequestHeadBytes: 65_536 });
    const small = await startGateway(upstream.url, { maxRequestHeadBytes: 2_048 });
    const usual = await startGateway(upstream.url);
    expect(await statusOf(usual.address.port, 10_000)).toBe(200);
    expect(await statusOf(usual.address.port, 20_000)).toBe(431);
    expect(await statusOf(small.address.port, 1_000)).toBe(200);
    expect(await statusOf(small.address.port, 3_000)).toBe(431);
    expect(await statusOf(large.address.port, 60_000)).toBe(200);
    expect(await statusOf(large.address.port, 70_000)).toBe(431);
  });
});
