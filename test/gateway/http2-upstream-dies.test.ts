import { constants } from 'node:http2';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startHttp2Exchange } from './support/http2-exchange.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk } from './support/start-gateway.ts';

const LENGTH_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999\r\n\r\n';

const ENDS: [how: string, end: (socket: Socket) => void][] = [
  ['closes', (socket) => void socket.destroy()],
  ['resets', (socket) => void socket.resetAndDestroy()],
];

describe.each(['/stream', '/x'])('an HTTP/2 client of %s', (path) => {
  it.each(
    ENDS.flatMap(([how, end]) => [
      [how, 'chunked', CHUNKED_HEAD, chunk('data: last\n\n'), end] as const,
      [how, 'of a length', LENGTH_HEAD, 'data: last\n\n', end] as const,
    ]),
  )(
    'whose upstream %s within a body (%s) gets what had come and then a reset, never an end',
    async (_how, _framing, head, piece, end) => {
      const { client, origin, gateway } = await startHttp2Exchange({ ':path': path });
      origin.write(head + piece);
      await client.until('data: last\n\n');
      end(origin.socket);
      await client.untilClosed();
      expect(client).toMatchObject({
        text: 'data: last\n\n',
        isWhole: false,
        code: constants.NGHTTP2_INTERNAL_ERROR,
      });
      expect(await gateway.exchange()).toMatchObject({ outcome: 'upstream-broken' });
    },
  );

  it('gets all of a large body whose upstream breaks off right behind it, then the reset', async () => {
    const { client, origin } = await startHttp2Exchange({ ':path': path });
    const body = 'y'.repeat(60_000);
    origin.write(CHUNKED_HEAD + chunk(body));
    origin.socket.end();
    await client.untilClosed();
    expect(client.text.length).toBe(body.length);
    expect(client).toMatchObject({ isWhole: false, code: constants.NGHTTP2_INTERNAL_ERROR });
  });

  it('gets 502 when the upstream closes before its head', async () => {
    const { client, origin } = await startHttp2Exchange({ ':path': path });
    origin.socket.end();
    await client.untilClosed();
    expect(client).toMatchObject({ status: 502, isWhole: true });
    expect(client.head?.['proxy-status']).toBe('unclog; error=connection_terminated');
  });
});

// undici takes a reset there for the end: on ordinary routes such an answer cannot be told from a whole one.
it('an HTTP/2 client of /stream gets a reset of a close-delimited answer that is reset', async () => {
  const { client, origin } = await startHttp2Exchange();
  origin.write(`${CLOSE_HEAD}data: a\n\n`);
  await client.until('data: a');
  origin.socket.resetAndDestroy();
  await client.untilClosed();
  expect(client).toMatchObject({ isWhole: false, code: constants.NGHTTP2_INTERNAL_ERROR });
});

it.each([
  ['a length and chunked', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a bare line feed', 'HTTP/1.1 200 OK\nA: b\r\n\r\n'],
  ['a status that HTTP/2 does not have', 'HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n'],
  ['an unasked 101', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
])('an answer with %s becomes 502', async (_what, answer) => {
  for (const path of ['/stream', '/x']) {
    const { client, origin } = await startHttp2Exchange({ ':path': path });
    origin.write(answer);
    await client.untilClosed();
    expect([path, client.status]).toEqual([path, 502]);
  }
});

it.each([
  ['bytes behind a 205', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 4\r\n\r\nbody'],
  ['a body after HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody'],
])('%s reach nobody, and harm nobody', async (what, answer) => {
  for (const path of ['/stream', '/x']) {
    const method = what.includes('HEAD') ? 'HEAD' : 'GET';
    const { client, origin, gateway } = await startHttp2Exchange({ ':path': path, ':method': method });
    origin.write(answer);
    await client.untilClosed();
    expect(client.text).toBe('');
    await gateway.exchange();
    expect(gateway.running.openExchanges).toBe(0);
  }
});
