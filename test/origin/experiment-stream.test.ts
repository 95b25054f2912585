import { request } from 'node:http';
import { expect, test } from 'vitest';
import { EXPERIMENT_LIMITS } from '../../src/origin/experiment-stream.ts';
import type { RunningOrigin } from '../../src/origin/origin.ts';
import { fieldNames, ids, sendRaw } from './raw-client.ts';
import { nextStreamEnd, startOrigin } from './started-origin.ts';

const BASE = '/p/.well-known/unclog/stream';

async function take(
  query: string,
  version = '1.0',
): Promise<{ head: string; body: string; hadError: boolean }> {
  const origin = await startOrigin();
  const fields = version === '1.1' ? ['Connection: close'] : [];
  const { text, hadError } = await sendRaw(origin, `${BASE}?${query}`, { version, fields }).closed;
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  return { head, body, hadError };
}

test('without parameters it is the control: chunked, small events, no opt-outs', async () => {
  const { head, body } = await take('interval=1', '1.1');
  expect(head).toMatch(
    /^Content-Type: text\/event-stream\r\nCache-Control: no-cache\r\nUnclog-Sent-At: \d+\r$/m,
  );
  expect(head).toMatch(/^Transfer-Encoding: chunked$/m);
  expect(ids(body)).toHaveLength(20);
});

test('events and size are what was asked for', async () => {
  const { body } = await take('events=3&interval=1ms&size=2k');
  const data = [...body.matchAll(/^data: (.*)$/gm)].map((match) => match[1] ?? '');
  expect(data.map((text) => Buffer.byteLength(text))).toEqual([2_048, 2_048, 2_048]);
});

test.each(['events=12&size=600', 'events=105', 'events=0', 'events=10&size=64&type=application/x-ndjson'])(
  'framing=length announces exactly the bytes of %s',
  async (query) => {
    const { head, body } = await take(`${query}&interval=1&framing=length`, '1.1');
    expect(head).toMatch(new RegExp(`^Content-Length: ${Buffer.byteLength(body)}$`, 'm'));
    expect(fieldNames(`HTTP\r\n${head}`)).not.toContain('Transfer-Encoding');
  },
);

test('framing=close ends by closing for an HTTP/1.1 client', async () => {
  const { head } = await take('events=1&interval=1&framing=close', '1.1');
  expect(head).not.toMatch(/transfer-encoding|content-length/i);
});

test.each([
  ['all', /^Cache-Control: no-cache, no-transform\r\nX-Accel-Buffering: no\r\nIncremental: \?1\r$/m],
  ['x-accel-buffering', /^Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\nUnclog/m],
  ['incremental', /^Cache-Control: no-cache\r\nIncremental: \?1\r\nUnclog/m],
  ['no-transform', /^Cache-Control: no-cache, no-transform\r\nUnclog/m],
  ['no-transform,incremental', /^Cache-Control: no-cache, no-transform\r\nIncremental: \?1\r\nUnclog/m],
])('opt-out=%s sends just these opt-outs', async (optOut, fields) => {
  expect((await take(`events=1&interval=1&opt-out=${optOut}`)).head).toMatch(fields);
});

test('a type of JSON lines gets lines of JSON', async () => {
  const { head, body } = await take('events=3&interval=1&type=application/x-ndjson');
  expect(head).toMatch(/^Content-Type: application\/x-ndjson\r$/m);
  const lines = body.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3]);
});

test('a type of JSON records gets a record separator before each', async () => {
  const { body } = await take('events=2&interval=1&type=application/json-seq');
  expect(body).toMatch(/^\u001e\{.*\}\n\u001e\{.*\}\n$/);
});

test('status and a foreign type stand in the head of the same stream', async () => {
  const { head, body } = await take('events=1&interval=1&status=503&type=text/plain;charset=utf-8');
  expect(head).toMatch(/^HTTP\/1\.1 503 /);
  expect(head).toMatch(/^Content-Type: text\/plain;charset=utf-8\r$/m);
  expect(ids(body)).toEqual([1]);
});

test('cut-after breaks a chunked answer off after so many events', async () => {
  const origin = await startOrigin();
  const ended = nextStreamEnd(origin);
  const { text } = await sendRaw(origin, `${BASE}?events=9&interval=1&cut-after=3&size=4k`).closed;
  expect(ids(text)).toEqual([1, 2, 3]);
  expect(text).toMatch(/"\}\n\n\r\n$/);
  expect(await ended).toMatchObject({ reason: 'cut', events: 3 });
});

test('cut-after=0 sends the head and nothing else', async () => {
  const { head, body } = await take('cut-after=0', '1.1');
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(body).toBe('');
});

test('quiet-after goes silent once for the time given, then goes on', async () => {
  const { body } = await take('events=4&interval=10&quiet-after=2&quiet=400ms');
  const stamps = [...body.matchAll(/"sentAt":(\d+)/g)].map((match) => Number(match[1]));
  const gaps = stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0));
  expect(stamps).toHaveLength(4);
  expect(gaps[1]).toBeGreaterThanOrEqual(399);
  expect(gaps.indexOf(Math.max(...gaps))).toBe(1);
});

test('head-delay withholds the head, first-delay only the first event', async () => {
  const origin = await startOrigin();
  const late = sendRaw(origin, `${BASE}?head-delay=10m&events=1&interval=1&first-delay=0`);
  const prompt = sendRaw(origin, `${BASE}?first-delay=9m&events=1&interval=1`);
  await prompt.waitFor(/\r\n\r\n$/);
  expect(late.text()).toBe('');
  const { text } = await sendRaw(origin, `${BASE}?head-delay=50ms&first-delay=0&events=1`, { version: '1.0' })
    .closed;
  const [headStamp, eventStamp] = [/Sent-At: (\d+)/, /"sentAt":(\d+)/].map((form) =>
    Number(form.exec(text)?.[1]),
  );
  expect(eventStamp).toBeGreaterThanOrEqual(headStamp ?? Number.POSITIVE_INFINITY);
  late.socket.destroy();
  prompt.socket.destroy();
});

test.each([
  ['events=x', 'Parameter "events" is "x", expected a whole number from 0 to 10000.'],
  ['events=10001', 'Parameter "events" is "10001", expected a whole number from 0 to 10000.'],
  ['interval=0', 'Parameter "interval" is "0", expected milliseconds (or 250ms, 2s) from 1 to 600000.'],
  ['interval=5h', 'Parameter "interval" is "5h", expected milliseconds'],
  ['size=2M', 'Parameter "size" is "2M", expected bytes (or 600b, 2k) from 0 to 1048576.'],
  ['framing=h3', 'Parameter "framing" is "h3", expected one of chunked, close, length.'],
  ['opt-out=none', 'Parameter "opt-out" is "none", expected all, or some of x-accel-buffering, incremental'],
  ['status=204', 'Parameter "status" is 204, expected one whose answer has a body.'],
  ['type=a', 'Parameter "type" is "a", expected a media type such as text/event-stream.'],
  ['type=a/b%0d%0aX:1', 'Parameter "type" is "a/b??X:1", expected a media type'],
  ['quiet=1s', 'Parameter "quiet" needs "quiet-after" beside it.'],
  ['quiet-after=1', 'Parameter "quiet-after" needs "quiet" beside it.'],
  ['cut-after=-1', 'Parameter "cut-after" is "-1", expected a whole number'],
  ['events=1&events=2', 'Parameter "events" is given twice.'],
  ['event=3', 'Parameter "event" is not known here, expected some of events, size, type'],
  ['events=10000&size=1m', 'Parameters "events" and "size" make more than 67108864 bytes together'],
  ['events=1000&interval=1s', 'Parameters "events" and "interval" (with the delays) make 1000000 ms'],
])('%s is refused with a sentence that names the parameter', async (query, sentence) => {
  const origin = await startOrigin();
  const answer = await fetch(`${origin.url}${BASE}?${query}`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain(sentence);
});

test('one address can have only so many experiments open', async () => {
  const origin = await startOrigin();
  const path = `${BASE}?first-delay=10m&events=1&interval=1`;
  const open = Array.from({ length: EXPERIMENT_LIMITS.streamsPerClient }, () => sendRaw(origin, path));
  await Promise.all(open.map((client) => client.waitFor(/\r\n\r\n/)));
  expect(await statusOf(origin, path)).toBe(429);
  const ended = nextStreamEnd(origin);
  open[0]?.socket.destroy();
  await ended;
  expect(await statusOf(origin, `${BASE}?events=0&interval=1`)).toBe(200);
  for (const client of open) client.socket.destroy();
});

function statusOf(origin: RunningOrigin, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(origin.url + path, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
