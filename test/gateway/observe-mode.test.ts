import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { ask, parseMetrics, WITH_ADMIN } from './support/admin-client.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange } from './support/start-gateway.ts';

const OBSERVE: Partial<GatewayOptions> = { mode: 'observe' };
const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const ROUTES = ['/stream', '/elsewhere'];

const fieldLines = (head: string): string[] => head.split('\r\n\r\n', 1)[0]?.split('\r\n').slice(1) ?? [];

describe.each(ROUTES)('in observe mode a request for %s', (path) => {
  it('reaches the upstream with the fields, the order and the spelling it has', async () => {
    const fields = [
      'ACCEPT: text/event-stream',
      'accept-Encoding: gzip, br',
      'X-Forwarded-For: 192.0.2.1',
      'X-Forwarded-Proto: https',
      'Forwarded: for=192.0.2.1',
      'X-Real-IP: 192.0.2.1',
      'cookie: a=b',
      'Unclog-Stamp: whatever-it-is',
      'Last-Event-ID: 7',
    ];
    const { origin } = await startExchange(get(path, `${fields.join('\r\n')}\r\n`), OBSERVE);
    const [host, ...lines] = fieldLines(origin.text);
    expect(host).toMatch(/^host: a$/i);
    expect(lines.filter((line) => !/^connection:/i.test(line))).toEqual(fields);
  });

  it('loses what concerns the connection only, in any spelling', async () => {
    const fields =
      'Connection: x-hop\r\nX-Hop: 1\r\nTransfer_Encoding: chunked\r\nProxy-Authorization: x\r\nX-Kept: 1\r\n';
    const { origin } = await startExchange(get(path, fields), OBSERVE);
    expect(origin.text).toMatch(/X-Kept: 1/);
    expect(origin.text).not.toMatch(/x-hop|transfer.encoding|proxy-auth/i);
  });
});

describe.each(ROUTES)('in observe mode the answer on %s', (path) => {
  it('keeps every field and byte', async () => {
    const fields = [
      'content-Type: text/event-stream',
      'CACHE-control: max-age=5',
      'X-Accel-Buffering: yes',
      'Incremental: ?0',
      'Server: x',
      'Set-Cookie: a=b',
      'set-cookie: c=d',
      'Date: Sun, 01 Nov 2026 00:00:00 GMT',
      'Content-Length: 12',
      'ETag: "a"',
    ];
    const { client, origin } = await startExchange(get(path), OBSERVE);
    origin.write(`HTTP/1.1 200 Fine\r\n${fields.join('\r\n')}\r\n\r\n: c\ndata: a`);
    const text = await client.until('data: a');
    expect(text.startsWith('HTTP/1.1 200 Fine\r\n')).toBe(true);
    expect(fieldLines(text).filter((line) => !/^(?:connection|keep-alive):/i.test(line))).toEqual(fields);
    origin.write('\n');
    await client.until('data: a\n');
    expect((await client.head()).body).toBe(': c\ndata: a\n');
  });

  it('stays coded, byte for byte', async () => {
    const body = gzipSync('data: a\n\n').toString('latin1');
    const { client, origin, gateway } = await startExchange(get(path, 'Accept-Encoding: gzip\r\n'), OBSERVE);
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip';
    origin.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await client.until(body);
    expect((await client.head()).fields['content-encoding']).toBe('gzip');
    const { observed } = await gateway.exchange();
    expect(observed?.upstream).toMatchObject({ coding: 'gzip', events: null, traits: ['coding'] });
    expect(observed?.wouldChange.includes('content-encoding')).toBe(path === '/stream');
  });

  it('of chunks arrives piece by piece, unchanged', async () => {
    const { client, origin } = await startExchange(get(path), OBSERVE);
    origin.write(CHUNKED_HEAD);
    await client.until('\r\n\r\n');
    for (let n = 0; n < 50; n++) {
      client.text = '';
      origin.write(chunk(`data: ${n}\n\n`));
      await client.until(`data: ${n}\n\n`);
    }
  });
});

it('what passthrough would change is in the log, in /streams and in the metrics', async () => {
  const request = get('/stream', 'Accept-Encoding: gzip\r\n');
  const { client, origin, gateway } = await startExchange(request, { ...OBSERVE, ...WITH_ADMIN });
  origin.write(CHUNKED_HEAD + chunk('data: a\n\ndata: b\n\n'));
  await client.until('data: b');
  const wouldChange = ['accept-encoding', 'cache-control', 'incremental', 'x-accel-buffering'];
  const [listed] = JSON.parse((await ask(gateway, '/streams')).text).streams;
  expect(listed.observed).toMatchObject({ wouldChange, upstream: { events: 2, bursts: 0, coding: null } });
  origin.write('0\r\n\r\n');
  const logged = await gateway.exchange();
  expect(logged.observed).toMatchObject({ wouldChange, upstream: { events: 2, traits: [] } });
  const { series } = parseMetrics((await ask(gateway, '/metrics')).text);
  const changed = (field: string) =>
    series.get(`unclog_observed_changes_total{route="stream",field="${field}"}`);
  for (const field of wouldChange) expect([field, changed(field)]).toEqual([field, 1]);
  expect(changed('content-length')).toBe(0);
});

it('an answer that lacks nothing is one that passthrough would not change', async () => {
  const request = get('/stream', 'Accept-Encoding: identity\r\n');
  const { client, origin, gateway } = await startExchange(request, OBSERVE);
  const fields = 'Cache-Control: no-transform\r\nX-Accel-Buffering: no\r\nIncremental: ?1';
  origin.write(`${CHUNKED_HEAD.slice(0, -2)}${fields}\r\n\r\n${chunk('data: a\n\n')}0\r\n\r\n`);
  await client.until('0\r\n\r\n');
  expect((await gateway.exchange()).observed?.wouldChange).toEqual([]);
});

it.each([
  ['/stream', 'a length', 'Content-Length: 9', 'content-length'],
  ['/elsewhere', 'a length', 'Content-Length: 9', 'content-length'],
])('on %s %s is among what passthrough would change', async (path, _what, field, name) => {
  const { origin, gateway } = await startExchange(get(path), OBSERVE);
  origin.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${field}\r\n\r\ndata: a\n\n`);
  const { observed } = await gateway.exchange();
  expect(observed?.wouldChange).toContain(name);
  expect(observed?.wouldChange.includes('accept-encoding')).toBe(path === '/stream');
});

it('what is no stream is not observed', async () => {
  const { origin, gateway } = await startExchange(get('/stream'), OBSERVE);
  origin.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
  expect(await gateway.exchange()).not.toHaveProperty('observed');
});

it('passthrough observes nothing', async () => {
  const { origin, gateway } = await startExchange(get('/stream'));
  origin.write(`${CHUNKED_HEAD}0\r\n\r\n`);
  expect(await gateway.exchange()).not.toHaveProperty('observed');
});

describe.each(ROUTES)('how an upstream delivers on %s', (path) => {
  const event = (n: number): string => `id: ${n}\r\ndata: x\r\n\r\n`;
  const events = (count: number): string => Array.from({ length: count }, (_, n) => event(n)).join('');

  it('bursts after pauses are seen', async () => {
    const { client, origin, gateway } = await startExchange(get(path), { ...OBSERVE, ...WITH_ADMIN });
    origin.write(CHUNKED_HEAD);
    await client.until('\r\n\r\n');
    await sleep(600);
    origin.write(chunk(events(7)));
    await sleep(600);
    origin.write(chunk(events(12)));
    await sleep(50);
    origin.write(`${chunk(event(0))}0\r\n\r\n`);
    expect((await gateway.exchange()).observed?.upstream).toMatchObject({
      events: 20,
      bursts: 2,
      largestBurstEvents: 12,
      traits: ['bursts'],
    });
    const { series } = parseMetrics((await ask(gateway, '/metrics')).text);
    const route = path === '/stream' ? 'stream' : 'ordinary';
    expect(series.get(`unclog_observed_upstream_traits_total{route="${route}",trait="bursts"}`)).toBe(1);
  });

  it('a fast stream is no burst, and events cut anywhere are counted', async () => {
    const { origin, gateway } = await startExchange(get(path), OBSERVE);
    origin.write(CLOSE_HEAD);
    const text = events(40);
    for (let at = 0; at < text.length; at += 7) {
      origin.write(text.slice(at, at + 7));
      await sleep(2);
    }
    origin.socket.end();
    const { observed } = await gateway.exchange();
    expect(observed?.upstream).toMatchObject({ events: 40, bursts: 0, traits: [] });
  });

  it('a head that waits for the first event is seen', async () => {
    const { client, origin, gateway } = await startExchange(get(path), OBSERVE);
    await sleep(1_050);
    origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
    await client.until('data: a');
    const { observed } = await gateway.exchange();
    expect(observed?.upstream.traits).toEqual(['late-head']);
    expect(observed?.upstream.headMs).toBeGreaterThanOrEqual(1_000);
  });
});
