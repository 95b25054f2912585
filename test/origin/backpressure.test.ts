import { expect, test } from 'vitest';
import { sendRaw } from './raw-client.ts';
import { nextStreamEnd, startOrigin } from './started-origin.ts';

const EVENT_BYTES = 1_048_576;

test('a client that does not read stops its own stream only, and memory with it', async () => {
  const origin = await startOrigin({ intervalMs: 1, eventBytes: EVENT_BYTES, fill: 'repeated' });
  const stuck = sendRaw(origin, '/stuck/stream');
  stuck.socket.pause();
  let receivedBytes = 0;
  const reader = sendRaw(origin, '/reading/stream');
  reader.socket.removeAllListeners('data');
  await new Promise<void>((resolve) => {
    reader.socket.on('data', (bytes) => {
      receivedBytes += bytes.length;
      if (receivedBytes > 150 * EVENT_BYTES) resolve();
    });
  });
  // One event in this process, the rest in the kernel's buffers of both ends (a few MiB on loopback).
  const ended = nextStreamEnd(origin);
  stuck.socket.destroy();
  const end = await ended;
  expect(end.path).toBe('/stuck/stream');
  expect(end.events).toBeGreaterThan(0);
  expect(end.events).toBeLessThan(50);
  reader.socket.destroy();
});

test('a client that reads again gets the stream without a gap', async () => {
  const origin = await startOrigin({ intervalMs: 5, eventBytes: EVENT_BYTES, fill: 'repeated' });
  const client = sendRaw(origin, '/stream');
  client.socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 500));
  client.socket.resume();
  const last = await new Promise<number>((resolve) => {
    let tail = '';
    const seen: number[] = [];
    client.socket.on('data', (bytes) => {
      const text = tail + bytes.toString('latin1');
      const matches = [...text.matchAll(/id: (\d+)\ndata/g)];
      seen.push(...matches.map((match) => Number(match[1])));
      tail =
        text.slice(-16).includes('id: ') && !/id: \d+\ndata/.test(text.slice(-16)) ? text.slice(-16) : '';
      if (seen.length >= 30) {
        expect(seen.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
        resolve(seen.at(-1) ?? 0);
      }
    });
  });
  expect(last).toBeGreaterThanOrEqual(30);
  client.socket.destroy();
});
