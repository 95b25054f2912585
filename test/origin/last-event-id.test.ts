import { expect, test } from 'vitest';
import { ids, sendRaw } from './raw-client.ts';
import { startOrigin } from './started-origin.ts';

async function idsFor(path: string, fields: string[]): Promise<number[]> {
  const origin = await startOrigin({ intervalMs: 2, events: 3 });
  const { text } = await sendRaw(origin, path, { version: '1.0', fields }).closed;
  return ids(text);
}

test('a new connection counts from 1', async () => {
  expect(await idsFor('/stream', [])).toEqual([1, 2, 3]);
});

test('a reconnecting client continues after its Last-Event-ID', async () => {
  expect(await idsFor('/stream', ['Last-Event-ID: 41'])).toEqual([42, 43, 44]);
});

test('the query parameter lastEventId does the same for clients that cannot set fields', async () => {
  expect(await idsFor('/stream?lastEventId=7', [])).toEqual([8, 9, 10]);
});

test('the field wins over the query, which a reconnecting EventSource repeats', async () => {
  expect(await idsFor('/stream?lastEventId=7', ['Last-Event-ID: 41'])).toEqual([42, 43, 44]);
});

test.each(['abc', '-3', '1.5', '1e3', '99999999999999999999', ''])(
  'the foreign id "%s" counts as none',
  async (id) => {
    expect(await idsFor('/stream', [`Last-Event-ID: ${id}`])).toEqual([1, 2, 3]);
  },
);
