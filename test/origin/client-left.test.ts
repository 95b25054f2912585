import { expect, test } from 'vitest';
import type { OriginLogger } from '../../src/origin/origin.ts';
import { sendRaw } from './raw-client.ts';
import { nextStreamEnd, startOrigin } from './started-origin.ts';

const NEVER_MS = 3_600_000;

test.each([
  ['closes the connection', 'destroy'],
  ['resets the connection', 'resetAndDestroy'],
  ['closes its sending side', 'end'],
] as const)('a client that %s is noticed while the stream is quiet', async (_how, leave) => {
  const origin = await startOrigin({ firstDelayMs: NEVER_MS });
  const client = sendRaw(origin, '/a/stream');
  await client.waitFor(/\r\n\r\n/);
  expect(origin.openStreams()).toBe(1);
  const ended = nextStreamEnd(origin);
  client.socket[leave]();
  expect(await ended).toMatchObject({ kind: 'steady', path: '/a/stream', reason: 'client-left', events: 0 });
  expect(origin.openStreams()).toBe(0);
});

test('a client that leaves between two events is written down with the events it got', async () => {
  const logged: [object, string][] = [];
  const logger: OriginLogger = { info: (fields, message) => void logged.push([fields, message]) };
  const origin = await startOrigin({ firstDelayMs: 1, intervalMs: NEVER_MS, logger });
  const client = sendRaw(origin, '/stream');
  await client.waitFor(/id: 1\n/);
  const ended = nextStreamEnd(origin);
  client.socket.destroy();
  expect((await ended).events).toBe(1);
  expect(logged.map(([, message]) => message)).toEqual(['stream opened', 'client left']);
  expect(logged[1]?.[0]).toMatchObject({ reason: 'client-left', events: 1, httpVersion: '1.1' });
});

test('a stream that ends by itself is complete, and its connection takes the next request', async () => {
  const origin = await startOrigin({ intervalMs: 2, events: 2 });
  const ended = nextStreamEnd(origin);
  const client = sendRaw(origin, '/stream');
  expect(await ended).toMatchObject({ reason: 'complete', events: 2 });
  await client.waitFor(/\r\n0\r\n\r\n$/);
  client.socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.waitFor(/ok\n$/);
  client.socket.destroy();
});

test('a client that sends a body nobody wants is noticed as well', async () => {
  const origin = await startOrigin({ firstDelayMs: NEVER_MS });
  const client = sendRaw(origin, '/stream', { method: 'POST', fields: ['Content-Length: 300000'] });
  client.socket.write('x'.repeat(300_000));
  await client.waitFor(/\r\n\r\n/);
  const ended = nextStreamEnd(origin);
  client.socket.end();
  expect((await ended).reason).toBe('client-left');
});

test('an unsubscribed listener is left alone', async () => {
  const origin = await startOrigin({ intervalMs: 2, events: 1 });
  let calls = 0;
  const unsubscribe = origin.onStreamEnd(() => calls++);
  unsubscribe();
  const ended = nextStreamEnd(origin);
  sendRaw(origin, '/stream', { version: '1.0' });
  await ended;
  expect(calls).toBe(0);
});

test('a client that stopped reading and then closes its sending side is noticed as well', async () => {
  const origin = await startOrigin({ intervalMs: 1, eventBytes: 1_048_576, fill: 'repeated' });
  const client = sendRaw(origin, '/stream');
  client.socket.pause();
  // Long enough to fill the buffers on both sides: the answer cannot be ended in order any more.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const ended = nextStreamEnd(origin);
  client.socket.end();
  expect((await ended).reason).toBe('client-left');
  client.socket.destroy();
});
