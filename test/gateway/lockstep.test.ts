import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestNginx } from '../support/nginx.ts';
import { connectPeer, type RawPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange, startPath } from './support/start-gateway.ts';

const GET_11 = 'GET /stream HTTP/1.1\r\nHost: example.test\r\n\r\n';
const GET_10 = 'GET /stream HTTP/1.0\r\n\r\n';
const POST = 'POST /stream HTTP/1.1\r\nHost: example.test\r\nContent-Length: 2\r\n\r\n{}';
const ORDINARY = 'GET /chat HTTP/1.1\r\nHost: example.test\r\n\r\n';
const LENGTH_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999999\r\n\r\n';

/** Each event is written only when the one before it has come out at the far end. */
async function runLockstep(client: RawPeer, origin: RawPeer, frame: (payload: string) => string) {
  for (let n = 1; n <= EVENTS; n++) {
    client.text = '';
    origin.write(frame(`id: ${n}\ndata: event ${n}\n\n`));
    const text = await client.until(`data: event ${n}\n\n`);
    expect(text.match(/^id: \d+$/gm)).toEqual([`id: ${n}`]);
  }
}

/** The short run belongs to every test run; UNCLOG_LOCKSTEP_EVENTS makes it longer. */
const EVENTS = Number(process.env.UNCLOG_LOCKSTEP_EVENTS ?? 300);

const LONG_MS = 60_000 + EVENTS * 50;

describe('no byte waits: event n+1 is sent only after event n has arrived', () => {
  it.each([
    ['a chunked upstream', GET_11, CHUNKED_HEAD, chunk],
    ['a close-delimited upstream', GET_11, CLOSE_HEAD, (payload: string) => payload],
    ['an upstream that announces a length', GET_11, LENGTH_HEAD, (payload: string) => payload],
    ['an HTTP/1.0 client of a chunked upstream', GET_10, CHUNKED_HEAD, chunk],
    ['an HTTP/1.0 client of a close-delimited upstream', GET_10, CLOSE_HEAD, (payload: string) => payload],
    ['a POST', POST, CHUNKED_HEAD, chunk],
    ['a stream on a path that nobody declared', ORDINARY, CHUNKED_HEAD, chunk],
  ])(
    'through %s',
    async (_what, request, head, frame) => {
      const { client, origin } = await startExchange(request);
      origin.write(head);
      await client.until('\r\n\r\n');
      await runLockstep(client, origin, frame);
    },
    LONG_MS,
  );

  it.each([
    ['that speaks HTTP/1.0 to the gateway', '', GET_11],
    ['that speaks HTTP/1.1 to the gateway', 'proxy_http_version 1.1;', GET_11],
    ['that passes a POST on', '', POST],
    ['with an HTTP/1.0 client', '', GET_10],
    ['on a path that nobody declared', '', ORDINARY],
  ])(
    'behind a stock nginx %s',
    async (_what, location, request) => {
      const { gateway, upstream } = await startPath();
      const nginx = await startTestNginx({ upstream: gateway.running.url, location });
      onTestFinished(() => nginx.close());
      const client = await connectPeer(Number(new URL(nginx.url).port));
      client.write(request);
      const origin = await upstream.next();
      await origin.until('\r\n\r\n');
      origin.write(CHUNKED_HEAD);
      await client.until('\r\n\r\n');
      await runLockstep(client, origin, chunk);
    },
    LONG_MS,
  );

  it('through an upstream that sends single bytes', async () => {
    const { client, origin } = await startExchange();
    const body = CHUNKED_HEAD + chunk('data: a\n\n') + chunk('data: b\n\n');
    for (const [i, byte] of [...body].entries()) {
      origin.write(byte);
      if (i >= CHUNKED_HEAD.length - 1) {
        // The framing is passed on as it stands, so after the head each byte is seen alone.
        await client.until(body.slice(CHUNKED_HEAD.length, i + 1));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

describe('the response head', () => {
  it.each([
    ['of a declared stream', GET_11],
    ['of a stream on a path that nobody declared', ORDINARY],
    ['for an HTTP/1.0 client', GET_10],
  ])('%s arrives while no event exists', async (_what, request) => {
    const { client, origin } = await startExchange(request);
    origin.write(CHUNKED_HEAD);
    const head = await client.head();
    expect(head.status).toBe(200);
    expect(head.body).toBe('');
  });

  it('of an answer with a length arrives before its body', async () => {
    const { client, origin } = await startExchange('GET /file HTTP/1.1\r\nHost: a\r\n\r\n');
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');
    expect((await client.head()).fields['content-length']).toBe('5');
    origin.write('hello');
    await client.until('hello');
  });
});

describe('a clean end', () => {
  it('ends a chunked answer, and the connection serves the next request', async () => {
    const { client, origin, upstream } = await startExchange();
    origin.write(`${CHUNKED_HEAD + chunk('data: a\n\n')}0\r\n\r\n`);
    expect((await client.until('0\r\n\r\n')).endsWith('9\r\ndata: a\n\n\r\n0\r\n\r\n')).toBe(true);
    client.write(GET_11);
    const second = await upstream.next();
    await second.until('\r\n\r\n');
    second.write('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until('204 No Content');
    expect(client.ended).toBeNull();
  });

  it('of a close-delimited upstream is a last chunk, logged as unverified', async () => {
    const { client, origin, gateway } = await startExchange();
    origin.write(`${CLOSE_HEAD}data: a\n\n`);
    await client.until('data: a');
    origin.socket.end();
    await client.until('0\r\n\r\n');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'unverified', route: 'stream' });
  });

  it('closes an HTTP/1.0 connection in order', async () => {
    const { client, origin } = await startExchange(GET_10);
    origin.write(`${CHUNKED_HEAD + chunk('data: a\n\n')}0\r\n\r\n`);
    expect(await client.untilEnd()).toBe('fin');
    expect((await client.head()).body).toBe('data: a\n\n');
  });
});
