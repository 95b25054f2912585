import { constants } from 'node:http2';
import { expect, it, vi } from 'vitest';
import { ask, startHttp2Exchange } from './support/http2-exchange.ts';
import { CHUNKED_HEAD, chunk } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 20 };

/** Writes until the peer has taken nothing for a while; returns how much it took. */
async function fill(write: (piece: Buffer, done: () => void) => boolean, queued: () => number, most: number) {
  const piece = Buffer.alloc(65_536, 'x');
  let written = 0;
  let before = -1;
  for (;;) {
    while (queued() < 1_048_576 && written < most) {
      write(piece, () => {});
      written += piece.length;
    }
    const taken = written - queued();
    if (written >= most || taken === before) return taken;
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

it('a client that does not read one stream stops its upstream and no other stream', async () => {
  const { client, origin, session, upstream, gateway } = await startHttp2Exchange({
    ':path': '/stream/stalled',
  });
  client.stream.pause();
  origin.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
  await client.untilHead();
  client.stream.pause();
  const taken = await fill(
    (piece, done) => origin.socket.write(piece, done),
    () => origin.socket.writableLength,
    200_000_000,
  );
  // What the system's buffers of one connection hold, and the stream's window: not what the upstream has to send.
  expect(taken).toBeLessThan(20_000_000);
  const other = ask(session, { ':path': '/stream/other' });
  const otherOrigin = await upstream.next();
  await otherOrigin.until('\r\n\r\n');
  otherOrigin.write(CHUNKED_HEAD);
  for (let n = 0; n < 200; n++) {
    otherOrigin.write(chunk(`data: event ${n}\n\n`));
    await other.until(`data: event ${n}\n\n`);
  }
  client.stream.resume();
  await client.when(() => client.text.length >= taken, 'all that was sent');
  expect(gateway.running.openExchanges).toBe(2);
});

it('of a stalled stream less than 1 MiB is held', async () => {
  const { client, origin, gateway } = await startHttp2Exchange({}, { admin: { host: '127.0.0.1', port: 0 } });
  client.stream.pause();
  origin.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
  await client.untilHead();
  client.stream.pause();
  await fill(
    (piece, done) => origin.socket.write(piece, done),
    () => origin.socket.writableLength,
    200_000_000,
  );
  const answer = await fetch(`${gateway.running.adminUrl}/streams`);
  const { streams } = (await answer.json()) as { streams: { state: string; queuedBytes: number }[] };
  expect(streams).toMatchObject([{ state: 'stalled' }]);
  expect(streams[0]?.queuedBytes).toBeGreaterThan(0);
  expect(streams[0]?.queuedBytes).toBeLessThan(1_048_576);
});

it('after the slow-client timeout only the stalled stream is reset', async () => {
  const { client, origin, session, upstream, gateway } = await startHttp2Exchange(
    { ':path': '/stream/stalled' },
    { slowClientTimeoutMs: 500 },
  );
  const other = ask(session, { ':path': '/stream/other' });
  const otherOrigin = await upstream.next();
  await otherOrigin.until('\r\n\r\n');
  otherOrigin.write(CHUNKED_HEAD);
  client.stream.pause();
  origin.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
  await client.untilHead();
  client.stream.pause();
  origin.socket.write(Buffer.alloc(4_000_000, 'x'));
  await origin.untilEnd();
  await vi.waitFor(() => expect(client.stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR), SOON);
  expect(await gateway.exchange()).toMatchObject({ outcome: 'slow-client', path: '/stream/stalled' });
  // Longer than the time in which an answer to the gateway's PING is waited for.
  for (let n = 0; n < 8; n++) {
    otherOrigin.write(chunk(`data: event ${n}\n\n`));
    await other.until(`data: event ${n}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

it('a stalled answer of an ordinary route is reset, too', async () => {
  const { client, origin, gateway } = await startHttp2Exchange(
    { ':path': '/x' },
    { slowClientTimeoutMs: 300 },
  );
  client.stream.pause();
  origin.write('HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n');
  await client.untilHead();
  client.stream.pause();
  origin.socket.write(Buffer.alloc(9_000_000, 'x'));
  await origin.untilEnd();
  expect(await gateway.exchange()).toMatchObject({ outcome: 'slow-client' });
});

it('a body that the upstream does not take stalls no other stream', async () => {
  const { client, origin, session, upstream } = await startHttp2Exchange({ ':method': 'POST' }, {}, 'x');
  origin.socket.pause();
  const taken = await fill(
    (piece, done) => client.stream.write(piece, done),
    () => client.stream.writableLength,
    200_000_000,
  );
  expect(taken).toBeLessThan(20_000_000);
  const other = ask(session, { ':method': 'POST', ':path': '/stream/other' }, false);
  const otherOrigin = await upstream.next();
  await otherOrigin.until('\r\n\r\n');
  for (let n = 0; n < 50; n++) {
    other.stream.write(`${n};`.padEnd(5_000, '.'));
    await otherOrigin.until(`${n};`);
  }
});

it('an event stream of 200,000 events arrives whole and in order', async () => {
  const { client, origin } = await startHttp2Exchange();
  origin.write(CHUNKED_HEAD);
  const events = Array.from({ length: 200_000 }, (_, i) => `data: ${i}\n\n`);
  for (let i = 0; i < events.length; i += 100) origin.socket.write(chunk(events.slice(i, i + 100).join('')));
  origin.write('0\r\n\r\n');
  await client.untilClosed();
  expect(client.isWhole).toBe(true);
  expect(client.text === events.join('')).toBe(true);
});
