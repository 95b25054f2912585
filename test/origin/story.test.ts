import { expect, test } from 'vitest';
import { STORY } from '../../src/origin/story.ts';
import { ids, sendRaw } from './raw-client.ts';
import { startOrigin } from './started-origin.ts';

const statuses = (text: string) => [...text.matchAll(/"status":"(\w+)"/g)].map((match) => match[1]);

test('the story goes from the pick-up over several moves to the arrival, and ends', async () => {
  const origin = await startOrigin({ story: true, intervalMs: 2 });
  const { text } = await sendRaw(origin, '/stream', { fields: ['Connection: close'] }).closed;
  expect(text).toMatch(/\r\n0\r\n\r\n$/);
  const seen = statuses(text);
  expect(seen[0]).toBe('recogido');
  expect(seen.filter((status) => status === 'en_movimiento').length).toBeGreaterThan(2);
  expect(seen.at(-1)).toBe('llegada');
  expect(ids(text)).toEqual(STORY.map((_, index) => index + 1));
  const first = JSON.parse(/data: (.*)\n/.exec(text)?.[1] ?? '');
  expect(first).toMatchObject({ seq: 1, status: 'recogido', place: STORY[0]?.place });
  expect(Number.isSafeInteger(first.sentAt)).toBe(true);
});

test('the time of arrival comes nearer with every stage', () => {
  const etas = STORY.map((stage) => stage.etaMinutes);
  expect(etas).toEqual([...etas].sort((a, b) => b - a));
});

test('a client that reconnects in the middle gets the rest', async () => {
  const origin = await startOrigin({ story: true, intervalMs: 2 });
  const fields = [`Last-Event-ID: ${STORY.length - 2}`];
  const { text } = await sendRaw(origin, '/stream', { version: '1.0', fields }).closed;
  expect(statuses(text)).toEqual(['cerca', 'llegada']);
});

test.each([STORY.length, STORY.length + 5])(
  'a reconnect after event %i gets 204, so that an EventSource stops',
  async (id) => {
    const origin = await startOrigin({ story: true, intervalMs: 2 });
    const fields = [`Last-Event-ID: ${id}`, 'Connection: close'];
    const { text } = await sendRaw(origin, '/stream', { fields }).closed;
    expect(text).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
    expect(text).toMatch(/\r\n\r\n$/);
  },
);
