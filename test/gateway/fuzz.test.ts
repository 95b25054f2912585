import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { connectPeer, type RawPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startPath } from './support/start-gateway.ts';

const REQUESTS = [
  'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /x HTTP/1.0\r\nHost: a\r\n\r\n',
  'POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
  'GET /stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nTrailer: x\r\n\r\n',
  'POST /stream HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nTE: trailers\r\n\r\n{}',
];
const ANSWERS = [
  `${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\nX-A: b\r\n\r\n`,
  'HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nhello',
  `HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${CHUNKED_HEAD}1;a=b\r\nx\r\n`,
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbytes',
  `${CHUNKED_HEAD.replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n')}4\r\n\x1f\x8b\x08\0\r\n0\r\n\r\n`,
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
];
const BITS = [...'\r\n\0 :;,/%[]{}"0aZ\t\x7f\xff', '\r\n', '\r\n\r\n', 'chunked', 'Host', '../', 'HTTP/1.1 '];

/** One of the texts with up to three pieces put in, taken out or doubled. */
const mutated = (texts: string[]) =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...BITS), fc.integer({ min: 0, max: 2 })), {
        maxLength: 3,
      }),
    )
    .map(([text, edits]) => {
      let bytes = text;
      for (const [at, bit, how] of edits) {
        const i = at % (bytes.length + 1);
        if (how === 0) bytes = bytes.slice(0, i) + bit + bytes.slice(i);
        else if (how === 1) bytes = bytes.slice(0, i) + bytes.slice(i + bit.length);
        else bytes = bytes.slice(0, i) + bytes.slice(Math.max(0, i - 20));
      }
      return bytes;
    });

// UNCLOG_FUZZ_RUNS sets the length: the short run belongs to every test run, a long one is for releases.
const RUNS = Number(process.env.UNCLOG_FUZZ_RUNS ?? 1_500);

it(`the gateway serves on after ${RUNS} damaged exchanges, and nothing of them is left`, async () => {
  const { upstream, gateway } = await startPath({ requestHeadTimeoutMs: 1_000 });
  let answer = '';
  let taken = 0;
  let answered = 0;
  const answerNext = async () => {
    for (;;) {
      const origin: RawPeer = await upstream.next();
      taken++;
      origin.write(answer);
      origin.socket.end();
    }
  };
  void answerNext().catch(() => {});
  await fc.assert(
    fc.asyncProperty(mutated(REQUESTS), mutated(ANSWERS), fc.boolean(), async (request, response, leave) => {
      answer = response;
      const socket = connect(gateway.address.port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {});
      socket.on('data', () => {
        answered++;
        setTimeout(() => socket.destroy(), leave ? 0 : 5);
      });
      socket.write(request, 'latin1');
      const late = setTimeout(() => socket.destroy(), 30);
      await closed;
      clearTimeout(late);
    }),
    { numRuns: RUNS },
  );
  expect(taken).toBeGreaterThan(RUNS / 3);
  expect(answered).toBeGreaterThan(RUNS / 2);
  await expect.poll(() => gateway.running.openExchanges, { timeout: 10_000 }).toBe(0);
  await sleep(50);
  expect(gateway.log.filter((line) => line.detail?.includes('internal'))).toEqual([]);
  answer = `${CHUNKED_HEAD}${chunk('data: alive\n\n')}0\r\n\r\n`;
  const client = await connectPeer(gateway.address.port);
  client.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until('data: alive');
}, 600_000);
