import { once } from 'node:events';
import fs, { closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { LOOK_INTERVAL_MS, LOOKS_PER_INTERVAL } from '../../src/gateway/stream-watch.ts';
import { ask, changes, parseMetrics, scrape, WITH_ADMIN } from './support/admin-client.ts';
import { connectPeer, type RawPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, CLOSE_HEAD, chunk, startExchange, startGateway } from './support/start-gateway.ts';

const ORDINARY = 'GET /chat HTTP/1.1\r\nHost: a\r\n\r\n';
const JSON_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n';

/** An exchange on a gateway with an admin server, and a function that tells what changed since it began. */
async function startCounted(request?: string, options = {}) {
  const exchange = await startExchange(request, { ...WITH_ADMIN, ...options });
  const empty = new Map([...(await scrape(exchange.gateway)).keys()].map((series) => [series, 0]));
  const constant = ['unclog_build_info'];
  const changed = async () => {
    const all = changes(empty, await scrape(exchange.gateway));
    return Object.fromEntries(
      Object.entries(all).filter(([series]) => !constant.some((name) => `unclog_${series}`.startsWith(name))),
    );
  };
  return { ...exchange, changed };
}

/** One event on a stream whose head is there, taken by the client. */
async function sendEvent(origin: RawPeer, client: RawPeer): Promise<void> {
  origin.write(chunk('data: a\n\n'));
  await client.until('data: a');
}

it('a stream is counted step by step while it is open, and once when it is complete', async () => {
  const { client, origin, gateway, changed } = await startCounted();
  expect(await changed()).toEqual({
    'open_requests{route="stream"}': 1,
    'unanswered_requests{route="stream"}': 1,
  });
  origin.write(CHUNKED_HEAD);
  await client.head();
  const open = {
    'open_requests{route="stream"}': 1,
    'open_streams{route="stream"}': 1,
    'requests_total{route="stream",status_class="2xx"}': 1,
    'time_to_response_head_seconds_count{route="stream"}': 1,
  };
  expect(await changed()).toEqual(open);
  await sendEvent(origin, client);
  expect(await changed()).toEqual({
    ...open,
    'response_body_bytes_total{route="stream"}': 9,
    'response_pieces_total{route="stream"}': 1,
    'time_to_first_body_byte_seconds_count{route="stream"}': 1,
    'time_to_first_event_seconds_count{route="stream"}': 1,
  });
  origin.write(`${chunk('data: b\n\n')}0\r\n\r\n`);
  await client.until('\r\n0\r\n\r\n');
  await gateway.exchange();
  const ended = {
    'requests_total{route="stream",status_class="2xx"}': 1,
    'requests_ended_total{route="stream",outcome="complete"}': 1,
    'streams_ended_total{route="stream",outcome="complete"}': 1,
    'response_body_bytes_total{route="stream"}': 18,
    'response_pieces_total{route="stream"}': 2,
    'time_to_first_event_seconds_count{route="stream"}': 1,
    'time_to_response_head_seconds_count{route="stream"}': 1,
    'time_to_first_body_byte_seconds_count{route="stream"}': 1,
    'stream_lifetime_seconds_count{route="stream"}': 1,
  };
  expect(await changed()).toEqual(ended);
  expect(await changed()).toEqual(ended);
});

it('a whole stream that came in one read is counted the same', async () => {
  const { client, origin, changed } = await startCounted();
  origin.write(`${CHUNKED_HEAD}${chunk('data: a\n\n')}0\r\n\r\n`);
  await client.until('\r\n0\r\n\r\n');
  expect(await changed()).toMatchObject({
    'streams_ended_total{route="stream",outcome="complete"}': 1,
    'response_body_bytes_total{route="stream"}': 9,
    'time_to_first_body_byte_seconds_count{route="stream"}': 1,
  });
});

it('a stream without a byte has no time to a first byte', async () => {
  const { client, origin, gateway, changed } = await startCounted();
  origin.write(`${CHUNKED_HEAD}0\r\n\r\n`);
  await client.until('\r\n0\r\n\r\n');
  await gateway.exchange();
  const all = await changed();
  expect(all).toMatchObject({ 'time_to_response_head_seconds_count{route="stream"}': 1 });
  expect(Object.keys(all).filter((series) => series.startsWith('time_to_first'))).toEqual([]);
});

const ENDS: [outcome: string, end: (origin: RawPeer, client: RawPeer) => unknown][] = [
  ['client-gone', (_origin, client) => client.socket.destroy()],
  ['upstream-broken', (origin) => origin.socket.end()],
];

it.each(ENDS)('a stream that ends as %s is counted as that and nothing else', async (outcome, end) => {
  const { client, origin, gateway, changed } = await startCounted();
  origin.write(CHUNKED_HEAD);
  await sendEvent(origin, client);
  end(origin, client);
  await gateway.exchange();
  expect(await changed()).toEqual({
    'requests_total{route="stream",status_class="2xx"}': 1,
    [`requests_ended_total{route="stream",outcome="${outcome}"}`]: 1,
    [`streams_ended_total{route="stream",outcome="${outcome}"}`]: 1,
    'response_body_bytes_total{route="stream"}': 9,
    'response_pieces_total{route="stream"}': 1,
    'time_to_response_head_seconds_count{route="stream"}': 1,
    'time_to_first_body_byte_seconds_count{route="stream"}': 1,
    'time_to_first_event_seconds_count{route="stream"}': 1,
    'stream_lifetime_seconds_count{route="stream"}': 1,
  });
});

it('a close-delimited stream ends as unverified', async () => {
  const { origin, gateway, changed } = await startCounted();
  origin.write(`${CLOSE_HEAD}data: a\n\n`);
  origin.socket.end();
  await gateway.exchange();
  expect(await changed()).toMatchObject({ 'streams_ended_total{route="stream",outcome="unverified"}': 1 });
});

/** Writes to a client that does not read until the metrics say so; returns what stops the writing. */
async function stall({
  client,
  origin,
  changed,
}: Awaited<ReturnType<typeof startCounted>>): Promise<() => void> {
  origin.write(CHUNKED_HEAD);
  await client.head();
  client.socket.pause();
  const piece = chunk('x'.repeat(64_000));
  const flood = setInterval(() => {
    if (origin.socket.writableLength < 1_000_000) origin.write(piece);
  }, 1);
  const isStalled = async () => (await changed())['stalled_clients{route="stream"}'] === 1;
  await vi.waitUntil(isStalled, { timeout: 20_000 });
  return () => clearInterval(flood);
}

it('a client that does not read shows as stalled, then ends as slow-client', async () => {
  const exchange = await startCounted(undefined, { slowClientTimeoutMs: 1_500 });
  const stop = await stall(exchange);
  await exchange.gateway.exchange();
  stop();
  const all = await exchange.changed();
  expect(all).toMatchObject({ 'streams_ended_total{route="stream",outcome="slow-client"}': 1 });
  expect(all).not.toHaveProperty('stalled_clients{route="stream"}');
});

it('a stream that the shutdown breaks off ends as drained', async () => {
  const exchange = await startCounted();
  // What is queued for the client keeps the shutdown waiting, so that there is time to ask.
  const stop = await stall(exchange);
  const closed = exchange.gateway.running.close();
  await exchange.gateway.exchange();
  expect(await exchange.changed()).toMatchObject({
    'streams_ended_total{route="stream",outcome="drained"}': 1,
    'evictions_total{route="stream",reason="drained"}': 1,
    draining: 1,
  });
  stop();
  exchange.client.socket.destroy();
  await closed;
});

it('a client that leaves before the head leaves a request without an answer, and no stream', async () => {
  const { client, gateway, changed } = await startCounted();
  client.socket.destroy();
  await gateway.exchange();
  expect(await changed()).toEqual({
    'requests_total{route="stream",status_class="none"}': 1,
    'requests_ended_total{route="stream",outcome="client-gone"}': 1,
  });
});

it('an ordinary answer is no stream; a stream answer on an ordinary route is one', async () => {
  const plain = await startCounted(ORDINARY);
  plain.origin.write(`${JSON_HEAD}{}`);
  await plain.client.until('{}');
  await plain.gateway.exchange();
  expect(await plain.changed()).toEqual({
    'requests_total{route="ordinary",status_class="2xx"}': 1,
    'requests_ended_total{route="ordinary",outcome="complete"}': 1,
    'response_body_bytes_total{route="ordinary"}': 2,
    'response_pieces_total{route="ordinary"}': 1,
    'time_to_response_head_seconds_count{route="ordinary"}': 1,
    'time_to_first_body_byte_seconds_count{route="ordinary"}': 1,
  });
  const stream = await startCounted(ORDINARY);
  stream.origin.write(CHUNKED_HEAD);
  await sendEvent(stream.origin, stream.client);
  expect(await stream.changed()).toMatchObject({
    'open_streams{route="ordinary"}': 1,
    'response_body_bytes_total{route="ordinary"}': 9,
  });
});

it('an error answer on a stream route is a request, not a stream', async () => {
  const { client, origin, gateway, changed } = await startCounted();
  origin.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
  await client.head();
  await gateway.exchange();
  expect(await changed()).toEqual({
    'requests_total{route="stream",status_class="4xx"}': 1,
    'requests_ended_total{route="stream",outcome="complete"}': 1,
    'time_to_response_head_seconds_count{route="stream"}': 1,
  });
});

it.each(['stream', 'ordinary'])(
  'an upstream that refuses the connection of a %s request is a connect failure',
  async (route) => {
    const upstream = await startUpstream();
    await upstream.close();
    const gateway = await startGateway(upstream.url, WITH_ADMIN);
    const before = await scrape(gateway);
    const client = await connectPeer(gateway.address.port);
    client.write(`GET /${route} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.head();
    expect(changes(before, await scrape(gateway))).toEqual({
      [`requests_total{route="${route}",status_class="5xx"}`]: 1,
      [`requests_ended_total{route="${route}",outcome="refused"}`]: 1,
      'upstream_connect_failures_total{reason="connection-refused"}': 1,
    });
  },
);

it('an upstream that closes without an answer is one that did not answer', async () => {
  const { client, origin, changed } = await startCounted();
  origin.socket.end();
  await client.head();
  expect(await changed()).toMatchObject({
    'requests_ended_total{route="stream",outcome="refused"}': 1,
    'upstream_no_answer_total{reason="connection-terminated"}': 1,
  });
});

const MALFORMED: [what: string, request: string, answer: string | Buffer, reason: string, outcome: string][] =
  [
    ['a head', '/stream', 'SMTP ready\r\n\r\n', 'response-malformed', 'refused'],
    ['a head', '/chat', 'SMTP ready\r\n\r\n', 'response-malformed', 'refused'],
    [
      'framing',
      '/stream',
      CHUNKED_HEAD.replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\n'),
      'response-coding',
      'refused',
    ],
    ['a chunk', '/stream', `${CHUNKED_HEAD}9\r\ndata: a\n\n\r\nzz\r\n`, 'response-coding', 'upstream-broken'],
    [
      'a chunk',
      '/chat',
      `${CHUNKED_HEAD}9\r\ndata: a\n\n\r\nzz\r\n`,
      'response-malformed',
      'upstream-broken',
    ],
    [
      'coded bytes',
      '/stream',
      Buffer.concat([
        Buffer.from(CHUNKED_HEAD.replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n')),
        Buffer.from('14\r\n'),
        gzipSync('').fill(0xff, 10, 20).subarray(0, 20),
        Buffer.from('\r\n'),
      ]),
      'response-coding',
      'upstream-broken',
    ],
  ];

it.each(MALFORMED)(
  '%s that is not valid, on %s, is a malformed answer',
  async (_what, path, answer, reason, outcome) => {
    const { origin, gateway, changed } = await startCounted(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    origin.socket.write(answer);
    await gateway.exchange();
    const route = path === '/stream' ? 'stream' : 'ordinary';
    expect(await changed()).toMatchObject({
      [`upstream_malformed_answers_total{reason="${reason}"}`]: 1,
      [`requests_ended_total{route="${route}",outcome="${outcome}"}`]: 1,
    });
  },
);

const REFUSED: [what: string, request: string, reason: string, isExchange: boolean][] = [
  ['what no parser takes', 'GET /stream HTTP/1.1\r\nHost : a\r\n\r\n', 'bad-request', false],
  [
    'a head that is too large',
    `GET / HTTP/1.1\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
    'request-head-too-large',
    false,
  ],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 'method-not-supported', false],
  ['a dot segment', 'GET /stream/../admin HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target', true],
  ['two Host fields', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'duplicate-host', true],
  ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n', 'expectation-failed', true],
];

it.each(REFUSED)('%s is a rejected request', async (_what, request, reason, isExchange) => {
  const gateway = await startGateway('http://127.0.0.1:9', WITH_ADMIN);
  const before = await scrape(gateway);
  const client = await connectPeer(gateway.address.port);
  client.write(request);
  await client.head();
  expect(changes(before, await scrape(gateway))).toEqual({
    [`rejected_requests_total{reason="${reason}"}`]: 1,
    ...(isExchange && {
      'requests_total{route="ordinary",status_class="4xx"}': 1,
      'requests_ended_total{route="ordinary",outcome="refused"}': 1,
    }),
  });
});

it('a client that resets its connection has made no request, so none is rejected', async () => {
  const gateway = await startGateway('http://127.0.0.1:9', WITH_ADMIN);
  const before = await scrape(gateway);
  const client = await connectPeer(gateway.address.port);
  client.write('GET / HT');
  await sleep(50);
  client.socket.resetAndDestroy();
  await sleep(50);
  expect(changes(before, await scrape(gateway))).toEqual({});
});

it('a websocket is an upgrade: its bytes toward the client are counted, its head is not', async () => {
  const { client, origin, gateway, changed } = await startCounted(
    'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  origin.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst');
  await client.until('first');
  origin.write('second');
  await client.until('second');
  expect(await changed()).toEqual({
    'open_requests{route="upgrade"}': 1,
    'requests_total{route="upgrade",status_class="1xx"}': 1,
    'response_body_bytes_total{route="upgrade"}': 11,
  });
  origin.socket.end();
  await gateway.exchange();
  expect(await changed()).toMatchObject({ 'response_body_bytes_total{route="upgrade"}': 11 });
});

it('the time to the first event is that of the first whole one, not of a comment or of its beginning', async () => {
  const { client, origin, gateway } = await startCounted();
  origin.write(CHUNKED_HEAD + chunk(': hello\n\n'));
  await client.until('hello');
  await sleep(300);
  origin.write(chunk('data: a'));
  await client.until('data: a');
  expect((await scrape(gateway)).get('unclog_time_to_first_event_seconds_count{route="stream"}')).toBe(0);
  await sleep(300);
  origin.write(chunk('b\n\n'));
  await client.until('b\n\n');
  const after = await scrape(gateway);
  expect(after.get('unclog_time_to_first_event_seconds_sum{route="stream"}')).toBeGreaterThan(0.59);
  expect(after.get('unclog_time_to_first_body_byte_seconds_sum{route="stream"}')).toBeLessThan(0.59);
});

it('a pause of a second and more is booked with its length, a shorter one is not', async () => {
  const { client, origin, gateway } = await startCounted();
  origin.write(CHUNKED_HEAD);
  for (const waitMs of [0, 300, 1_300]) {
    await sleep(waitMs);
    origin.write(chunk(`data: ${waitMs}\n\n`));
    await client.until(`data: ${waitMs}\n`);
  }
  const after = await scrape(gateway);
  expect(after.get('unclog_stream_pause_seconds_count{route="stream"}')).toBe(1);
  expect(after.get('unclog_stream_pause_seconds_sum{route="stream"}')).toBeGreaterThan(1.29);
});

it('the life of a stream is in the histogram of lifetimes and in none of the latencies', async () => {
  const { client, origin, gateway } = await startCounted();
  origin.write(CHUNKED_HEAD);
  await sendEvent(origin, client);
  await sleep(1_500);
  client.socket.destroy();
  await gateway.exchange();
  const after = await scrape(gateway);
  const lifetime = after.get('unclog_stream_lifetime_seconds_sum{route="stream"}') ?? 0;
  expect(lifetime).toBeGreaterThan(1.4);
  for (const name of ['time_to_response_head', 'time_to_first_body_byte'])
    expect(after.get(`unclog_${name}_seconds_sum{route="stream"}`)).toBeLessThan(lifetime - 1.4);
  expect(after.get('unclog_stream_lifetime_seconds_bucket{le="1",route="stream"}')).toBe(0);
  expect(after.get('unclog_stream_lifetime_seconds_bucket{le="86400",route="stream"}')).toBe(1);
});

it('no more pieces than a watch looks into ask for the time', async () => {
  const { client, origin } = await startCounted();
  origin.write(CHUNKED_HEAD);
  await sendEvent(origin, client);
  const now = vi.spyOn(performance, 'now');
  const startMs = Date.now();
  const pieces = 500;
  for (let n = 0; n < pieces; n++) {
    origin.write(chunk(`data: ${n}!\n\n`));
    await client.until(`data: ${n}!`);
  }
  const { calls } = now.mock;
  now.mockRestore();
  const intervals = Math.ceil((Date.now() - startMs) / LOOK_INTERVAL_MS) + 1;
  // And one of the timer's own in each of them.
  expect(calls.length).toBeLessThanOrEqual(intervals * (LOOKS_PER_INTERVAL + 1));
  expect(calls.length).toBeLessThan(pieces / 2);
});

it('the text parses, every series of the gateway is there before the first request, and names carry their units', async () => {
  const gateway = await startGateway('http://127.0.0.1:9', WITH_ADMIN);
  const page = await ask(gateway, '/metrics');
  expect(page.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const { series, families } = parseMetrics(page.text);
  const own = [...families.values()].filter(({ name }) => name.startsWith('unclog_'));
  expect(own.length).toBeGreaterThan(12);
  for (const { name, type } of own) {
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name.endsWith('_seconds')).toBe(type === 'histogram');
    expect([...series.keys()].some((key) => key.startsWith(name))).toBe(true);
  }
  expect([...families.keys()]).toEqual(
    expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']),
  );
  expect(series.get('unclog_upstream_connect_failures_total{reason="dns-error"}')).toBe(0);
  expect(series.get('unclog_streams_ended_total{route="stream",outcome="slow-client"}')).toBe(0);
});

it.runIf(process.platform === 'linux')('open file descriptors are counted as they come and go', async () => {
  const gateway = await startGateway('http://127.0.0.1:9', WITH_ADMIN);
  const count = async () =>
    parseMetrics((await ask(gateway, '/metrics')).text).series.get('process_open_fds') ?? 0;
  const before = await count();
  expect(Math.abs(before - readdirSync('/proc/self/fd').length)).toBeLessThan(10);
  const files = Array.from({ length: 100 }, () => openSync('/dev/null', 'r'));
  try {
    expect(Math.abs((await count()) - before - files.length)).toBeLessThan(10);
  } finally {
    for (const file of files) closeSync(file);
  }
});

it.runIf(statSync('/proc/self/fd', { throwIfNoEntry: false })?.size)(
  'open file descriptors are counted without a list of them (Linux 6.2 and later: before, nothing else tells)',
  async () => {
    const gateway = await startGateway('http://127.0.0.1:9', WITH_ADMIN);
    const list = vi.spyOn(fs, 'readdirSync');
    try {
      expect((await ask(gateway, '/metrics')).text).toContain('\nprocess_open_fds ');
      expect(list.mock.calls.map(([path]) => path)).not.toContain('/proc/self/fd');
    } finally {
      list.mockRestore();
    }
  },
);

it('what clients send never becomes a label', async () => {
  const { client, origin, gateway } = await startCounted(
    'GET /stream/secret-path?token=t HTTP/1.1\r\nHost: evil\r\n\r\n',
  );
  const before = await scrape(gateway);
  origin.write('HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n');
  await client.head();
  const after = await scrape(gateway);
  const own = (all: Iterable<string>) => [...all].filter((series) => series.startsWith('unclog_'));
  expect(own(after.keys())).toEqual(own(before.keys()));
  expect(after.get('unclog_requests_total{route="stream",status_class="other"}')).toBe(1);
});

it('two gateways in one process count for themselves', async () => {
  const one = await startCounted();
  const two = await startCounted();
  one.origin.write(CHUNKED_HEAD);
  await one.client.head();
  expect(await two.changed()).toEqual({
    'open_requests{route="stream"}': 1,
    'unanswered_requests{route="stream"}': 1,
  });
  one.client.socket.destroy();
  await once(one.client.socket, 'close');
});
