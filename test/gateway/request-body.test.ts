import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectPeer, parseHead } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange, startPath } from './support/start-gateway.ts';

const MIB = 1_048_576;

/** The pool sends a request's head together with the first piece of its body, so each test here has one. */
describe.each(['/stream', '/chat'])('a request body for %s', (path) => {
  it('with a length goes on piece by piece, each before the next is sent', async () => {
    const { client, origin } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 606\r\n\r\nstart `,
    );
    expect(origin.text).toMatch(/^content-length: 606\r$/im);
    for (let n = 100; n < 200; n++) {
      client.write(`[${n}] `.padEnd(6));
      await origin.until(`[${n}]`);
    }
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('\r\n\r\nok');
  });

  it('in chunks goes on in chunks, each before the next is sent', async () => {
    const { client, origin } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('start')}`,
    );
    expect(origin.text).toMatch(/^transfer-encoding: chunked\r$/im);
    for (let n = 0; n < 50; n++) {
      client.write(chunk(`piece ${n};`).replace('\r\n', ';ext=1\r\n'));
      await origin.until(`piece ${n};`);
    }
    client.write('0\r\nX-Trailer: 1\r\n\r\n');
    await origin.until('\r\n0\r\n\r\n');
    expect(origin.text).not.toMatch(/ext=1|x-trailer/i);
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('\r\n\r\nok');
  });

  it('and the answer can flow at the same time', async () => {
    const { client, origin } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('start')}`,
    );
    client.write(chunk('first'));
    await origin.until('first');
    origin.write(CHUNKED_HEAD);
    await client.head();
    for (let n = 0; n < 20; n++) {
      client.write(chunk(`question ${n};`));
      await origin.until(`question ${n};`);
      origin.write(chunk(`data: answer ${n}\n\n`));
      await client.until(`answer ${n}\n`);
    }
  });

  it('of a DELETE without length is not smuggled as a request of its own', async () => {
    const inner = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n';
    const { client, origin, upstream } = await startExchange(
      `DELETE ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(inner)}`,
    );
    await origin.until(`20\r\n${inner}`);
    client.write('0\r\n\r\n');
    await origin.until('\r\n0\r\n\r\n');
    expect(origin.text).toMatch(/^transfer-encoding: chunked\r$/im);
    expect(origin.text).not.toMatch(/^content-length/im);
    expect(upstream.accepted).toBe(1);
  });

  it('is not asked for more than the upstream takes', async () => {
    const { client, origin } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${1_000 * MIB}\r\n\r\nstart`,
    );
    origin.socket.pause();
    let written = 0;
    const piece = Buffer.alloc(64_000, 'x');
    for (let quietMs = 0; quietMs < 500; quietMs += 10) {
      while (client.socket.writableLength < MIB) {
        client.socket.write(piece);
        written += piece.length;
        quietMs = 0;
      }
      await sleep(10);
    }
    expect(written).toBeLessThan(60 * MIB);
  });

  it('that the upstream does not take is ended after requestBodyIdleTimeoutMs', async () => {
    const { client, origin, gateway } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${1_000 * MIB}\r\n\r\nstart`,
      { requestBodyIdleTimeoutMs: 500 },
    );
    origin.socket.pause();
    for (let i = 0; i < 600; i++) client.socket.write(Buffer.alloc(64_000, 'x'));
    const { fields, status } = parseHead(await client.until(/\}\n$/));
    expect(status).toBe(504);
    expect(fields['proxy-status']).toBe('unclog; error=connection_write_timeout');
    expect(gateway.running.openExchanges).toBe(0);
  });

  it('that the client does not send is ended after requestBodyIdleTimeoutMs', async () => {
    const { client, origin } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc`,
      { requestBodyIdleTimeoutMs: 500 },
    );
    const { status } = parseHead(await client.until(/\}\n$/));
    expect(status).toBe(408);
    await origin.untilEnd();
    await client.untilEnd();
  });

  it('may rest for longer once the answer has begun', async () => {
    const { client, origin } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('first')}`,
      { requestBodyIdleTimeoutMs: 300 },
    );
    await origin.until('first');
    origin.write(CHUNKED_HEAD);
    await client.head();
    await sleep(1_500);
    client.write(chunk('late'));
    await origin.until('late');
    origin.write(chunk('data: got it\n\n'));
    await client.until('got it');
  });

  it('cut short by an early answer closes the connection after the whole answer', async () => {
    const { client, origin } = await startExchange(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc`,
    );
    await origin.until('abc');
    origin.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch');
    await client.untilEnd();
    expect((await client.head()).body).toBe('much');
  });

  it('sent after 100 (Continue) arrives', async () => {
    const { upstream, gateway } = await startPath();
    const client = await connectPeer(gateway.address.port);
    client.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
    const origin = await upstream.next();
    // Ordinary routes answer themselves, stream routes leave the word to the upstream.
    if (path === '/stream') {
      expect(await origin.until('\r\n\r\n')).toMatch(/^expect: 100-continue\r$/im);
      expect(client.text).toBe('');
      origin.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.write('hello');
    await origin.until('hello');
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('\r\n\r\nok');
  });
});

it('a refused expectation closes the connection, so that a body that comes all the same is no request', async () => {
  const { client, origin, upstream } = await startExchange(
    'POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 37\r\nExpect: 100-continue\r\n\r\n',
  );
  origin.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  expect((await client.head()).fields.connection).toBe('close');
  client.write('GET /stream/secret HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.untilEnd();
  expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(upstream.accepted).toBe(1);
});

it('another expectation is answered 417 and opens no upstream', async () => {
  const { upstream, gateway } = await startPath();
  const client = await connectPeer(gateway.address.port);
  client.write('GET /stream HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n');
  expect((await client.head()).status).toBe(417);
  expect(upstream.accepted).toBe(0);
});
