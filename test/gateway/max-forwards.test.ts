import { describe, expect, it, vi } from 'vitest';
import { connectPeer } from './support/raw-peer.ts';
import { startExchange, startPath } from './support/start-gateway.ts';

const HEALTH = 'OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n';

describe('a request with Max-Forwards: 0 (RFC 9110 section 7.6.2)', () => {
  it.each(['*', '/stream', '/shop'])('OPTIONS %s is answered by the gateway itself', async (target) => {
    const { gateway, upstream } = await startPath();
    const client = await connectPeer(gateway.address.port);
    client.write(HEALTH.replace('*', target));
    const { status, fields } = await client.head();
    expect(status).toBe(204);
    expect(fields.allow).toContain('POST');
    expect(fields).not.toHaveProperty('content-length');
    expect(fields).not.toHaveProperty('proxy-status');
    client.text = '';
    client.write(HEALTH);
    expect((await client.head()).status).toBe(204);
    expect(upstream.accepted).toBe(0);
  });

  it('is answered while the upstream is away, and not logged at info', async () => {
    const { gateway, upstream } = await startPath();
    await upstream.close();
    const client = await connectPeer(gateway.address.port);
    client.write(HEALTH);
    expect((await client.head()).status).toBe(204);
    const line = await gateway.exchange();
    expect(line).toMatchObject({ outcome: 'answered', status: 204, level: 20 });
  });

  it('OPTIONS with a body is answered, and the body never becomes a request', async () => {
    const { gateway, upstream } = await startPath();
    const client = await connectPeer(gateway.address.port);
    client.write(
      'OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\nContent-Length: 34\r\n\r\nGET /a HTTP/1.1',
    );
    expect((await client.head()).status).toBe(204);
    await client.untilEnd();
    expect(upstream.accepted).toBe(0);
  });

  it('TRACE is refused: what was sent is shown to nobody', async () => {
    const { gateway, upstream } = await startPath();
    const client = await connectPeer(gateway.address.port);
    client.write('TRACE /stream HTTP/1.1\r\nHost: a\r\nCookie: secret\r\nMax-Forwards: 0\r\n\r\n');
    const text = await client.until('}\n');
    expect(text).toMatch(/^HTTP\/1\.1 405 /);
    expect(text).not.toContain('secret');
    expect(upstream.accepted).toBe(0);
  });
});

it.each([
  ['OPTIONS', '/stream', '5', '4'],
  ['OPTIONS', '/shop', '1', '0'],
  ['TRACE', '/shop', '2', '1'],
])('%s %s with Max-Forwards: %s goes on with one less', async (method, path, sent, passed) => {
  const { origin } = await startExchange(
    `${method} ${path} HTTP/1.1\r\nHost: a\r\nMax-Forwards: ${sent}\r\n\r\n`,
  );
  expect(origin.text.match(/^max-forwards: .*$/gim)).toEqual([`Max-Forwards: ${passed}`]);
});

it('of other methods Max-Forwards is none of our business', async () => {
  const { origin } = await startExchange('GET /stream HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n');
  expect(origin.text).toContain('Max-Forwards: 0\r\n');
});

it.each(['-1', 'x', '1, 2', '', '99999999999'])('OPTIONS with Max-Forwards: %s is refused', async (value) => {
  const { gateway, upstream } = await startPath();
  const client = await connectPeer(gateway.address.port);
  client.write(`OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: ${value}\r\n\r\n`);
  expect((await client.head()).status).toBe(400);
  expect(upstream.accepted).toBe(0);
});

it('OPTIONS * without Max-Forwards: 0 is refused: it has no path that could go on', async () => {
  const { gateway } = await startPath();
  const client = await connectPeer(gateway.address.port);
  client.write('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n');
  expect((await client.head()).status).toBe(400);
  await vi.waitUntil(() => gateway.running.openExchanges === 0);
});
