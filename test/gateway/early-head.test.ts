import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { ask, parseMetrics, WITH_ADMIN } from './support/admin-client.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange } from './support/start-gateway.ts';

const EARLY: Partial<GatewayOptions> = { earlyHeadMs: 100 };
const get = (version = '1.1', path = '/stream'): string =>
  `GET ${path} HTTP/${version}\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n`;

async function early(options: Partial<GatewayOptions> = {}, request = get()) {
  const exchange = await startExchange(request, { ...EARLY, ...options });
  await exchange.client.until(': \n');
  return exchange;
}

describe('an early head', () => {
  it('goes out with the opt-outs and a comment while the upstream thinks; its stream follows', async () => {
    const { client, origin, gateway } = await early(WITH_ADMIN);
    const head = await client.head();
    expect(head.statusLine).toBe('HTTP/1.1 200 OK');
    expect(head.fields).toMatchObject({
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
      'cache-control': 'no-cache, no-transform',
      incremental: '?1',
    });
    expect(head.body).toBe('3\r\n: \n\r\n');
    const [waiting] = JSON.parse((await ask(gateway, '/streams')).text).streams;
    expect(waiting).toMatchObject({ state: 'waiting', status: 200 });
    origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}${chunk('data: b\n\n')}`);
    await client.until('data: b\n\n');
    origin.write('0\r\n\r\n');
    await client.until('0\r\n\r\n');
    const payload = (await client.head()).body.replaceAll(/[0-9a-f]+\r\n((?:.|\n)*?)\r\n/g, '$1');
    expect(payload.startsWith(': \ndata: a\n\ndata: b\n\n')).toBe(true);
    expect(await gateway.exchange()).toMatchObject({ outcome: 'complete', earlyHead: 'followed' });
    const { series } = parseMetrics((await ask(gateway, '/metrics')).text);
    expect(series.get('unclog_early_heads_total{result="followed"}')).toBe(1);
    // The upstream's own head, not the early one, is what the latency is about.
    expect(series.get('unclog_time_to_response_head_seconds_count{route="stream"}')).toBe(1);
    expect(series.get('unclog_time_to_response_head_seconds_bucket{le="0.1",route="stream"}')).toBe(0);
  });

  it('ends a close-delimited HTTP/1.0 answer in order', async () => {
    const { client, origin } = await early({}, get('1.0'));
    origin.write(`${CLOSE_HEAD}data: a\n\n`);
    origin.socket.end();
    expect(await client.untilEnd()).toBe('fin');
    expect((await client.head()).body).toBe(': \ndata: a\n\n');
  });

  it('is followed by a body whose coding can be undone', async () => {
    const { client, origin } = await early({}, get('1.0'));
    const body = gzipSync('data: a\n\n').toString('latin1');
    const type = 'Content-Type: text/event-stream\r\nContent-Encoding: gzip';
    origin.write(`HTTP/1.1 200 OK\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await client.untilEnd();
    expect((await client.head()).body).toBe(': \ndata: a\n\n');
  });

  it('is followed by heartbeats, if asked for, until the upstream answers', async () => {
    const { client } = await early({ heartbeatMs: 100 }, get('1.0'));
    await client.until(': \n: \n: \n');
  });

  it('drops interim responses, which would become part of the body', async () => {
    const { client, origin } = await early({}, get('1.1'));
    origin.write(`HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${CHUNKED_HEAD}${chunk('data: a\n\n')}`);
    expect(await client.until('data: a')).not.toContain('103');
  });
});

describe('what contradicts an early head breaks the stream off visibly', () => {
  it.each([
    ['another status', 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone', 'status', 'answered 404'],
    ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', 'status', 'answered 204'],
    ['a redirect', 'HTTP/1.1 307 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n', 'status', 'answered 307'],
    [
      'another type',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      'type',
      'another type',
    ],
    [
      'a coding that stays',
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: zstd\r\n\r\nx',
      'coding',
      'content coding',
    ],
    ['a malformed head', 'HTTP/1.1 200 OK\r\nbad line\r\n\r\n', 'no-answer', 'malformed'],
  ])('%s', async (_what, answer, result, detail) => {
    const { client, origin, gateway } = await early(WITH_ADMIN);
    origin.write(answer);
    await client.untilEnd();
    expect((await client.head()).body).toBe('3\r\n: \n\r\n');
    expect(await gateway.exchange()).toMatchObject({
      outcome: 'early-head-broken',
      earlyHead: result,
      detail: expect.stringContaining(detail),
      status: 200,
    });
    const { series } = parseMetrics((await ask(gateway, '/metrics')).text);
    expect(series.get(`unclog_early_heads_total{result="${result}"}`)).toBe(1);
    expect(series.get('unclog_streams_ended_total{route="stream",outcome="early-head-broken"}')).toBe(1);
  });

  it.each([
    ['an upstream that closes', {}, true],
    ['an upstream that never answers', { headTimeoutMs: 300 }, false],
  ])('%s', async (_what, options, closes) => {
    const { client, origin, gateway } = await early(options, get('1.0'));
    if (closes) origin.socket.end();
    // Close-delimited: a mere end would look whole.
    expect(await client.untilEnd()).toBe('reset');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'early-head-broken', earlyHead: 'no-answer' });
  });
});

describe('no early head', () => {
  it.each([
    ['unless it is asked for', get(), {}],
    [
      'for a request that does not accept events',
      'GET /stream HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n',
      EARLY,
    ],
    [
      'for a client that refuses events',
      'GET /stream HTTP/1.1\r\nHost: a\r\nAccept: */*, text/event-stream;q=0\r\n\r\n',
      EARLY,
    ],
    ['for a path that nobody declared', get('1.1', '/chat'), EARLY],
    ['for such a path with Incremental', `${get('1.1', '/chat').slice(0, -2)}Incremental: ?1\r\n\r\n`, EARLY],
    ['for HEAD', get().replace('GET', 'HEAD'), EARLY],
    [
      'for a client that waits for 100',
      `${get().replace('GET', 'POST').slice(0, -2)}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
      EARLY,
    ],
  ])('%s', async (_what, request, options) => {
    const { client, origin } = await startExchange(request, options);
    await sleep(400);
    expect(client.text).toBe('');
    origin.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    expect((await client.head()).status).toBe(404);
  });

  it('when the upstream is quick: its own answer stands, an error too', async () => {
    const { client, origin } = await startExchange(get(), { earlyHeadMs: 5_000 });
    origin.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
    expect((await client.head()).status).toBe(401);
  });

  it('for a client that has left', async () => {
    const { client, gateway } = await startExchange(get(), EARLY);
    client.socket.destroy();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', status: null });
    await sleep(200);
    expect(gateway.running.openExchanges).toBe(0);
  });
});

it('a client that takes JSON as well is one that takes events', async () => {
  const accept = 'Accept: application/json, text/event-stream;q=0.9';
  const { client } = await startExchange(get().replace('Accept: text/event-stream', accept), EARLY);
  expect((await client.head()).status).toBe(200);
});
