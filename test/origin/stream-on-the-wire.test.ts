import { expect, test } from 'vitest';
import { fieldNames, ids, sendRaw } from './raw-client.ts';
import { startOrigin } from './started-origin.ts';

const EVENT = /^id: \d+\ndata: \{"seq":\d+,"sentAt":\d{13}\}\n\n$/;

test('the response head is sent long before the first event, with a stamp of its own', async () => {
  const origin = await startOrigin({ firstDelayMs: 3_600_000 });
  const before = Date.now();
  const client = sendRaw(origin, '/stream');
  await client.waitFor(/\r\n\r\n$/);
  const stamp = Number(/^Unclog-Sent-At: (\d+)\r$/m.exec(client.text())?.[1]);
  expect(Math.abs(stamp - before)).toBeLessThan(5_000);
  client.socket.destroy();
});

test('an HTTP/1.1 client gets each event as one chunk, and the last chunk at the end', async () => {
  const origin = await startOrigin({ intervalMs: 20, events: 4 });
  const client = sendRaw(origin, '/stream', { fields: ['Connection: close'] });
  const { text } = await client.closed;
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(head).toMatch(/^Transfer-Encoding: chunked$/m);
  const lines = body.split('\r\n');
  for (const [index, size] of [0, 2, 4, 6].map((line) => [line, lines[line]] as const)) {
    const chunk = lines[index + 1] ?? '';
    expect(chunk).toMatch(EVENT);
    expect(Number.parseInt(size ?? '', 16)).toBe(Buffer.byteLength(chunk));
  }
  expect(lines.slice(8)).toEqual(['0', '', '']);
});

test('an HTTP/1.0 client gets bare events that end with the connection', async () => {
  const origin = await startOrigin({ intervalMs: 20, events: 3 });
  const { text, hadError } = await sendRaw(origin, '/stream', { version: '1.0' }).closed;
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  expect(head).not.toMatch(/transfer-encoding|content-length/i);
  expect(head).toMatch(/^Connection: close$/m);
  expect(body.split(/(?<=\n\n)/)).toHaveLength(3);
  for (const event of body.split(/(?<=\n\n)/)) expect(event).toMatch(EVENT);
  expect(hadError).toBe(false);
});

test('framing "close" is close-delimited for an HTTP/1.1 client too', async () => {
  const origin = await startOrigin({ intervalMs: 20, events: 2, framing: 'close' });
  const { text } = await sendRaw(origin, '/stream').closed;
  expect(fieldNames(text)).not.toContain('Transfer-Encoding');
  expect(text).toMatch(/\r\n\r\nid: 1\ndata: .*\n\nid: 2\ndata: .*\n\n$/);
});

test.each(['1.0', '1.1'])('no read of the socket ends inside an event (HTTP/%s)', async (version) => {
  const origin = await startOrigin({ intervalMs: 5, events: 40 });
  const client = sendRaw(origin, '/stream', { version, fields: ['Connection: close'] });
  await client.closed;
  const bodies = client.reads.map((read) => String(read).replace(/^HTTP.*\r\n\r\n/s, '')).filter(Boolean);
  expect(bodies.length).toBeGreaterThan(1);
  // A chunk's size line and its data in two writes would, sooner or later, come in two reads.
  const whole =
    version === '1.0' ? /^(id: \d+\ndata: .*\n\n)+$/ : /^([0-9a-f]+\r\n(id: .*\ndata: .*\n\n)?\r\n)+$/;
  for (const body of bodies) expect(body).toMatch(whole);
});

test('field names come in a fixed, unsorted order and in mixed case, without a Server', async () => {
  const origin = await startOrigin({ optOuts: true });
  const client = sendRaw(origin, '/stream');
  await client.waitFor(/\r\n\r\n/);
  const names = fieldNames(client.text());
  expect(names.slice(0, 5)).toEqual([
    'Content-Type',
    'Cache-Control',
    'X-Accel-Buffering',
    'Incremental',
    'Unclog-Sent-At',
  ]);
  expect(names).not.toContain('Server');
  expect(client.text()).toMatch(
    /^Cache-Control: no-cache, no-transform\r\nX-Accel-Buffering: no\r\nIncremental: \?1\r$/m,
  );
  client.socket.destroy();
});

test('opt-outs are not sent unless asked for', async () => {
  const origin = await startOrigin();
  const client = sendRaw(origin, '/stream');
  await client.waitFor(/\r\n\r\n/);
  expect(client.text()).toMatch(
    /^Content-Type: text\/event-stream\r\nCache-Control: no-cache\r\nUnclog-Sent-At: /m,
  );
  expect(client.text()).not.toMatch(/x-accel-buffering|incremental|no-transform/i);
  client.socket.destroy();
});

test('HEAD is answered with the head only and opens no stream', async () => {
  const origin = await startOrigin({ intervalMs: 5 });
  let opened = 0;
  origin.onStreamStart(() => opened++);
  const { text } = await sendRaw(origin, '/stream', { method: 'HEAD', fields: ['Connection: close'] }).closed;
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
  expect(text).toMatch(/\r\n\r\n$/);
  expect(opened).toBe(0);
});

test('a POST with a body is answered with a stream', async () => {
  const origin = await startOrigin({ intervalMs: 5, events: 2 });
  const request = { method: 'POST', fields: ['Content-Length: 4', 'Connection: close'], body: '{ }\n' };
  const { text } = await sendRaw(origin, '/stream', request).closed;
  expect(ids(text)).toEqual([1, 2]);
});

test('each event has the interval to itself', async () => {
  const origin = await startOrigin({ intervalMs: 60, events: 12 });
  const { text } = await sendRaw(origin, '/stream', { version: '1.0' }).closed;
  const stamps = [...text.matchAll(/"sentAt":(\d+)/g)].map((match) => Number(match[1]));
  const headStamp = Number(/Unclog-Sent-At: (\d+)/.exec(text)?.[1]);
  expect(stamps).toHaveLength(12);
  // Timers may fire late but never early; a millisecond is lost to rounding.
  expect((stamps[0] ?? 0) - headStamp).toBeGreaterThanOrEqual(58);
  expect((stamps[11] ?? 0) - (stamps[0] ?? 0)).toBeGreaterThanOrEqual(11 * 60 - 2);
});
