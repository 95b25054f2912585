import { expect, test } from 'vitest';
import { fieldNames, sendRaw } from './raw-client.ts';
import { startOrigin } from './started-origin.ts';

test('the clock is one short complete answer with two stamps, under any prefix', async () => {
  const origin = await startOrigin();
  const beforeMs = Date.now();
  const { text } = await sendRaw(origin, '/api/v1/.well-known/unclog/clock', {
    fields: ['Connection: close'],
  }).closed;
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toMatch(/^Content-Type: application\/json$/m);
  expect(head).toMatch(new RegExp(`^Content-Length: ${Buffer.byteLength(body)}$`, 'm'));
  expect(head).toMatch(/^Cache-Control: no-store$/m);
  const { receivedAt, sentAt } = JSON.parse(body);
  expect(sentAt).toBeGreaterThanOrEqual(receivedAt);
  expect(Math.abs(receivedAt - beforeMs)).toBeLessThan(5_000);
});

test('clock and event stamps come from one clock', async () => {
  const origin = await startOrigin({ intervalMs: 1, events: 1 });
  const read = async () =>
    (await (await fetch(`${origin.url}/.well-known/unclog/clock`)).json()) as {
      sentAt: number;
      receivedAt: number;
    };
  const before = await read();
  const { text } = await sendRaw(origin, '/stream', { version: '1.0' }).closed;
  const after = await read();
  const stamp = Number(/"sentAt":(\d+)/.exec(text)?.[1]);
  expect(stamp).toBeGreaterThanOrEqual(Math.floor(before.sentAt));
  expect(stamp).toBeLessThanOrEqual(after.receivedAt);
});

test('HEAD gets the head of the same answer', async () => {
  const origin = await startOrigin();
  const { text } = await sendRaw(origin, '/.well-known/unclog/clock', {
    method: 'HEAD',
    fields: ['Connection: close'],
  }).closed;
  expect(fieldNames(text)).toContain('Content-Length');
  expect(text).toMatch(/\r\n\r\n$/);
});
