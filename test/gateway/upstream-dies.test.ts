import { describe, expect, it } from 'vitest';
import { startDeafListener } from './support/deaf-listener.ts';
import { connectPeer, parseHead, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange, startGateway } from './support/start-gateway.ts';

const ROUTES = ['/stream', '/chat'];

async function answerOf(port: number, path: string) {
  const client = await connectPeer(port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: example.test\r\n\r\n`);
  const text = await client.until(/\r\n\r\n\{.*\}\n$/s);
  return { ...parseHead(text), client };
}

describe.each(ROUTES)('without an answer of the upstream, %s is answered', (path) => {
  it('502 connection_refused when nobody listens', async () => {
    const upstream = await startUpstream();
    await upstream.close();
    const gateway = await startGateway(upstream.url);
    const { status, fields, body } = await answerOf(gateway.address.port, path);
    expect(status).toBe(502);
    expect(fields['proxy-status']).toBe('unclog; error=connection_refused');
    expect(fields['content-type']).toBe('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 502, title: 'Bad Gateway' });
  });

  it('502 dns_error when its name does not resolve', async () => {
    // No label is that long (RFC 1035 section 2.3.4), so the resolver refuses it without asking anybody.
    const gateway = await startGateway(`http://${'a'.repeat(64)}.invalid:80`);
    const { status, fields } = await answerOf(gateway.address.port, path);
    expect(status).toBe(502);
    expect(fields['proxy-status']).toBe('unclog; error=dns_error');
  });

  it.each([
    ['closes', (socket: { end(): void }) => socket.end()],
    ['resets', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ])('502 connection_terminated when it %s', async (_how, die) => {
    const { client, origin } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    die(origin.socket);
    const { status, fields } = parseHead(await client.until(/\}\n$/));
    expect(status).toBe(502);
    expect(fields['proxy-status']).toBe('unclog; error=connection_terminated');
  });

  it('504 http_response_timeout when it says nothing', async () => {
    const { client, origin } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, {
      headTimeoutMs: 300,
    });
    const { status, fields } = parseHead(await client.until(/\}\n$/));
    expect(status).toBe(504);
    expect(fields['proxy-status']).toBe('unclog; error=http_response_timeout');
    await origin.untilEnd();
  });

  it('502 tls_protocol_error when it does not speak TLS', async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway(upstream.url.replace('http:', 'https:'));
    const client = await connectPeer(gateway.address.port);
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const origin = await upstream.next();
    await origin.until('\x16\x03');
    origin.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    const { status, fields } = parseHead(await client.until(/\}\n$/));
    expect(status).toBe(502);
    expect(fields['proxy-status']).toBe('unclog; error=tls_protocol_error');
  });
});

it.each(ROUTES)(
  'an upstream that never accepts the connection of %s is answered 504 connection_timeout',
  async (path) => {
    const gateway = await startGateway(`http://127.0.0.1:${await startDeafListener()}`, {
      connectTimeoutMs: 300,
    });
    const { status, fields } = await answerOf(gateway.address.port, path);
    expect(status).toBe(504);
    expect(fields['proxy-status']).toBe('unclog; error=connection_timeout');
  },
);

describe.each(ROUTES)('an upstream that breaks off in the middle of %s', (path) => {
  const ways = [
    ['FIN', (socket: { end(): void }) => socket.end()],
    ['RST', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ] as const;

  it.each(ways)('by %s: what had come arrives, and no last chunk', async (_how, die) => {
    const { client, origin, gateway } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    die(origin.socket);
    await client.untilEnd();
    expect(client.text.endsWith('\r\n9\r\ndata: a\n\n\r\n')).toBe(true);
    expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken' });
  });

  it.each(ways)(
    'by %s: an HTTP/1.0 client gets a reset, since a close would look whole',
    async (_how, die) => {
      const { client, origin } = await startExchange(`GET ${path} HTTP/1.0\r\n\r\n`);
      origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
      await client.until('data: a');
      die(origin.socket);
      expect(await client.untilEnd()).toBe('reset');
      expect((await client.head()).body).toBe('data: a\n\n');
    },
  );

  it('with a length announced: the answer stays short of it', async () => {
    const { client, origin } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    origin.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a":');
    await client.until('{"a":');
    origin.socket.end();
    await client.untilEnd();
    expect((await client.head()).body).toBe('{"a":');
  });

  it('delivers first what came together with the break', async () => {
    const { client, origin } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    origin.write(CHUNKED_HEAD + Array.from({ length: 50 }, (_, i) => chunk(`data: ${i}\n\n`)).join(''));
    origin.socket.end();
    await client.untilEnd();
    expect(client.text).toContain('data: 49\n\n');
    expect(client.text).not.toContain('\r\n0\r\n\r\n');
  });
});

it('a close-delimited answer that is reset right behind its last bytes never looks whole', async () => {
  for (const version of ['1.0', '1.1']) {
    const { client, origin, gateway } = await startExchange(`GET /stream HTTP/${version}\r\nHost: a\r\n\r\n`);
    origin.write(`${CLOSE_HEAD}data: a\n\n`);
    await client.until('data: a');
    // In one turn, so that the gateway finds bytes and reset together.
    origin.socket.write('data: b\n\n', () => origin.socket.resetAndDestroy());
    await client.untilEnd();
    expect(client.text).not.toContain('0\r\n\r\n');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken' });
  }
});

it.each(['/stream', '/chat'])(
  'a close-delimited answer that is reset never looks whole: %s',
  async (path) => {
    for (const version of ['1.0', '1.1']) {
      const { client, origin, gateway } = await startExchange(
        `GET ${path} HTTP/${version}\r\nHost: a\r\n\r\n`,
      );
      origin.write(`${CLOSE_HEAD}data: a\n\n`);
      await client.until('data: a');
      origin.socket.resetAndDestroy();
      expect(await client.untilEnd()).toBe(version === '1.0' ? 'reset' : 'fin');
      expect(client.text).not.toContain('0\r\n\r\n');
      expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken' });
    }
  },
);
