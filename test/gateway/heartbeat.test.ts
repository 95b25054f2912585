import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { ChunkScanner } from '../../src/http/chunk-scanner.ts';
import { ask, parseMetrics, WITH_ADMIN } from './support/admin-client.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange } from './support/start-gateway.ts';

const HEARTBEAT_MS = 150;
const BEATING: Partial<GatewayOptions> = { heartbeatMs: HEARTBEAT_MS };
const GET_11 = 'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n';
const GET_10 = 'GET /stream HTTP/1.0\r\n\r\n';
const ORDINARY = 'GET /chat HTTP/1.1\r\nHost: a\r\n\r\n';
const LENGTH_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99999\r\n\r\n';
const BEAT_CHUNK = '3\r\n: \n\r\n';
/** Long enough for several. */
const SEVERAL_MS = 5 * HEARTBEAT_MS;

const coded = (coding: string, body: Buffer): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: ${coding}\r\n\r\n${body.toString('latin1')}`;
/** Whole as far as it goes, without its end. */
const unfinished = (whole: Buffer, tail: number): Buffer => whole.subarray(0, whole.length - tail);

describe('a quiet event stream gets a comment line', () => {
  it.each([
    ['of a chunked upstream', GET_11, CHUNKED_HEAD + chunk('data: a\n\n'), BEAT_CHUNK],
    ['of a close-delimited upstream', GET_11, `${CLOSE_HEAD}data: a\n\n`, BEAT_CHUNK],
    ['of an upstream that announces a length', GET_11, `${LENGTH_HEAD}data: a\n\n`, BEAT_CHUNK],
    ['for an HTTP/1.0 client', GET_10, CHUNKED_HEAD + chunk('data: a\n\n'), ': \n'],
    ['of gzip, undone', GET_11, coded('gzip', unfinished(gzipSync('data: a\n\n'), 8)), BEAT_CHUNK],
    ['of gzip, undone for HTTP/1.0', GET_10, coded('gzip', unfinished(gzipSync('data: a\n\n'), 8)), ': \n'],
    ['of Brotli, undone', GET_11, coded('br', brotliCompressSync('data: a\n\n')), null],
    ['on a path that nobody declared', ORDINARY, CHUNKED_HEAD + chunk('data: a\n\n'), BEAT_CHUNK],
    [
      'on such a path, for HTTP/1.0',
      'GET /chat HTTP/1.0\r\n\r\n',
      CHUNKED_HEAD + chunk('data: a\n\n'),
      ': \n',
    ],
    [
      'that forbids transformations',
      GET_11,
      `${CHUNKED_HEAD.replace('\r\n\r\n', '\r\nCache-Control: no-transform\r\n\r\n')}${chunk('data: a\n\n')}`,
      BEAT_CHUNK,
    ],
  ])('%s', async (_what, request, answer, beat) => {
    const { client, origin } = await startExchange(request, BEATING);
    origin.write(answer);
    await client.until('data: a\n\n');
    if (beat === null) return;
    const text = await client.until(new RegExp(`data: a\\n\\n(?:\\r\\n)?${beat}${beat}$`));
    expect(text.split(': \n')).toHaveLength(3);
    expect(client.ended).toBeNull();
  });

  it('before its first event', async () => {
    const { client, origin } = await startExchange(GET_11, BEATING);
    origin.write(CHUNKED_HEAD);
    expect((await client.until(BEAT_CHUNK)).endsWith(`\r\n\r\n${BEAT_CHUNK}`)).toBe(true);
    origin.write(chunk('data: a\n\n'));
    await client.until(`${BEAT_CHUNK}${chunk('data: a\n\n')}`);
  });

  it('not earlier than asked, and again each time', async () => {
    const { client, origin } = await startExchange(GET_11, BEATING);
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    const beganMs = performance.now();
    for (let beats = 1; beats <= 4; beats++) {
      await client.until(BEAT_CHUNK.repeat(beats));
      // The first byte may have come a little before it was seen here.
      expect(performance.now() - beganMs).toBeGreaterThan(beats * HEARTBEAT_MS * 0.9 - 10);
    }
  });

  it('behind a field without an empty line, whose event stays one', async () => {
    const { client, origin } = await startExchange(GET_10, BEATING);
    origin.write(CHUNKED_HEAD + chunk('data: a\n'));
    await client.until('data: a\n: \n');
    origin.write(chunk('data: b\n\n'));
    expect((await client.until('data: b\n\n')).replaceAll(': \n', '')).toMatch(/data: a\ndata: b\n\n$/);
  });

  it('behind a CR with a CR, so that an LF still to come ends that line and no other', async () => {
    const { client, origin } = await startExchange(GET_10, BEATING);
    origin.write(`${CHUNKED_HEAD}${chunk('data: a\r')}`);
    await client.until('data: a\r: \r');
    origin.write(chunk('\ndata: b\r\n\r\n'));
    expect((await client.until('data: b')).replaceAll(': \r', '')).toContain('data: a\r\ndata: b');
  });
});

it.each([
  ['LF', '\n', ': \n'],
  ['CRLF', '\r\n', ': \r\n'],
  ['CR', '\r', ': \r'],
])('the comment ends as the lines of the stream do: %s', async (_what, end, beat) => {
  const { client, origin } = await startExchange(GET_10, BEATING);
  origin.write(CHUNKED_HEAD + chunk(`data: a${end}${end}`));
  await client.until(`data: a${end}${end}${beat}${beat}`);
});

describe('no comment', () => {
  it.each([
    ['inside a line', CHUNKED_HEAD + chunk('data: half'), 'data: half'],
    ['inside a line that a line end is missing from in another read', `${CLOSE_HEAD}\n\ndata`, 'data'],
    ['inside a character', `${CLOSE_HEAD}data: \xe2\x82`, '\xe2\x82'],
    ['on another type', CHUNKED_HEAD.replace('text/event-stream', 'application/json') + chunk('{}\n'), '{}'],
    [
      'on NDJSON that was declared a stream',
      CHUNKED_HEAD.replace('text/event-stream', 'application/x-ndjson') + chunk('{}\n'),
      '{}',
    ],
    ['on an error', CHUNKED_HEAD.replace('200 OK', '404 Not Found') + chunk('data: a\n\n'), 'data: a'],
    [
      'on a part of an answer',
      CHUNKED_HEAD.replace('200 OK', '206 Partial Content') + chunk('data: a\n\n'),
      'data: a',
    ],
    [
      'in a coded body that may not be undone',
      `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-transform\r\nContent-Encoding: gzip\r\n\r\nabc\n`,
      'abc\n',
    ],
    [
      'in a body of an unknown coding',
      `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: zstd\r\n\r\nabc\n`,
      'abc\n',
    ],
  ])('%s', async (_what, answer, seen) => {
    const { client, origin } = await startExchange(GET_11, {
      ...BEATING,
      streamTypes: ['application/x-ndjson'],
    });
    origin.write(answer);
    await client.until(seen);
    await sleep(SEVERAL_MS);
    expect(client.text).not.toMatch(/: [\r\n]/);
  });

  it('where nobody asked for one', async () => {
    const { client, origin } = await startExchange();
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    await sleep(SEVERAL_MS);
    expect(client.text.endsWith(chunk('data: a\n\n'))).toBe(true);
  });

  it('while events come', async () => {
    const { client, origin } = await startExchange(GET_11, { heartbeatMs: 1_000 });
    origin.write(CHUNKED_HEAD);
    for (let n = 0; n < 30; n++) {
      origin.write(chunk(`data: ${n}\n\n`));
      await sleep(50);
    }
    await client.until('data: 29');
    expect(client.text).not.toContain(': \n');
  });

  it('behind the end: the connection serves the next request as ever', async () => {
    const { client, origin, upstream } = await startExchange(GET_11, BEATING);
    origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
    await client.until('0\r\n\r\n');
    await sleep(SEVERAL_MS);
    expect(client.text.endsWith('0\r\n\r\n')).toBe(true);
    client.write('GET /stream/plain HTTP/1.1\r\nHost: a\r\n\r\n');
    const second = await upstream.next();
    await second.until('\r\n\r\n');
    second.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n');
    await client.until('text/plain');
    await sleep(SEVERAL_MS);
    expect(client.text).not.toContain(': \n');
    second.write('ok');
    await client.until('ok');
  });

  it('for a client that does not read', async () => {
    const { client, origin, gateway } = await startExchange(GET_11, { ...BEATING, ...WITH_ADMIN });
    origin.write(CHUNKED_HEAD);
    await client.until('\r\n\r\n');
    client.socket.pause();
    const event = `data: ${'x'.repeat(60_000)}\n\n`;
    for (let n = 0; n < 300; n++) origin.write(chunk(event));
    await sleep(SEVERAL_MS);
    const listed = JSON.parse((await ask(gateway, '/streams')).text);
    expect(listed.streams[0].queuedBytes).toBeGreaterThan(0);
    const { heartbeats } = listed.streams[0];
    await sleep(SEVERAL_MS);
    expect(JSON.parse((await ask(gateway, '/streams')).text).streams[0].heartbeats).toBe(heartbeats);
  });
});

describe('a byte order mark behind a comment', () => {
  it.each([
    ['in one read', ['\xef\xbb\xbfdata: a\n\n']],
    ['in three reads', ['\xef', '\xbb', '\xbfdata: a\n\n']],
    ['alone in its read', ['\xef\xbb\xbf', 'data: a\n\n']],
  ])('%s is dropped, since it is none there', async (_what, pieces) => {
    const { client, origin } = await startExchange(GET_10, BEATING);
    origin.write(CHUNKED_HEAD);
    await client.until(': \n');
    for (const piece of pieces) {
      origin.write(chunk(piece));
      await sleep(20);
    }
    const text = await client.until('data: a\n\n');
    expect(text).not.toContain('\xbf');
    expect(text).toContain('\r\n\r\n: \n');
  });

  it('that turns out to be another character is passed on whole', async () => {
    const { client, origin } = await startExchange(GET_10, BEATING);
    origin.write(CHUNKED_HEAD);
    await client.until(': \n');
    for (const piece of ['\xef', '\xbc\x9a\ndata: a\n\n']) {
      origin.write(chunk(piece));
      await sleep(20);
    }
    expect(await client.until('data: a\n\n')).toContain('\xef\xbc\x9a\ndata: a');
  });

  it('stays where no comment is in front of it', async () => {
    const { client, origin } = await startExchange(GET_10, { heartbeatMs: 60_000 });
    origin.write(CHUNKED_HEAD + chunk('\xef\xbb\xbfdata: a\n\n'));
    expect(await client.until('data: a')).toContain('\r\n\r\n\xef\xbb\xbfdata: a');
  });
});

it('heartbeats are counted in the log, in /streams and in the metrics; body bytes are the upstream’s', async () => {
  const { client, origin, gateway } = await startExchange(GET_11, { ...BEATING, ...WITH_ADMIN });
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until(BEAT_CHUNK.repeat(2));
  const listed = JSON.parse((await ask(gateway, '/streams')).text);
  expect(listed.streams[0]).toMatchObject({ bytes: 9 });
  expect(listed.streams[0].heartbeats).toBeGreaterThanOrEqual(2);
  client.socket.destroy();
  const logged = await gateway.exchange();
  const sent = logged.heartbeats ?? 0;
  expect(sent).toBeGreaterThanOrEqual(2);
  expect(logged.payloadBytes).toBe(9);
  const { series } = parseMetrics((await ask(gateway, '/metrics')).text);
  expect(series.get('unclog_heartbeats_total{route="stream"}')).toBe(sent);
});

it('what vouches for the upstream’s bytes goes where the gateway adds its own', async () => {
  const head = CHUNKED_HEAD.replace('\r\n\r\n', '\r\nContent-Digest: sha-256=:x:\r\nETag: "a"\r\n\r\n');
  const beating = await startExchange(GET_11, BEATING);
  beating.origin.write(head);
  const { fields } = await beating.client.head();
  expect(fields).not.toHaveProperty('content-digest');
  expect(fields.etag).toBe('W/"a"');
  const plain = await startExchange(GET_11);
  plain.origin.write(head);
  expect((await plain.client.head()).fields).toMatchObject({ 'content-digest': 'sha-256=:x:', etag: '"a"' });
});

it('megabytes of small chunks pass exactly, and a heartbeat behind them', async () => {
  const { client, origin } = await startExchange(GET_11, BEATING);
  const events = Array.from({ length: 20_000 }, (_, n) => `id: ${n}\ndata: ${'x'.repeat(n % 90)}\n\n`);
  // Now and then a chunk with an extension, which the gateway drops.
  const chunks = events.map((event, n) =>
    n % 500 === 0 ? chunk(event).replace('\r\n', ';a=b\r\n') : chunk(event),
  );
  origin.write(CHUNKED_HEAD + chunks.join(''));
  await client.until(`id: ${events.length - 1}\n`);
  await client.until(new RegExp(`\r\n${BEAT_CHUNK}$`));
  const body = Buffer.from((await client.head()).body, 'latin1');
  const scanner = new ChunkScanner('payload');
  expect(scanner.scan(body, 0, body.length)).toBe(body.length);
  expect(scanner.fault).toBeNull();
  let payload = '';
  for (let i = 0; i < scanner.spanCount; i += 2)
    payload += body.toString('latin1', scanner.spans[i], scanner.spans[i + 1]);
  expect(payload.replaceAll(/^: \n/gm, '')).toBe(events.join(''));
});
