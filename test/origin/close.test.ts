import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ListenError } from '../../src/http/listen.ts';
import { createOrigin } from '../../src/origin/origin.ts';
import { sendRaw } from './raw-client.ts';
import { nextStreamEnd, startOrigin } from './started-origin.ts';

test('closing ends open streams in order and frees the port', async () => {
  const origin = await startOrigin({ intervalMs: 5 });
  const client = sendRaw(origin, '/stream');
  await client.waitFor(/id: 2\n/);
  const ended = nextStreamEnd(origin);
  await origin.close();
  expect((await ended).reason).toBe('stopped');
  expect((await client.closed).text).toMatch(/\r\n0\r\n\r\n$/);
  const code = await new Promise((resolve) =>
    connect(origin.address).on('error', (error: NodeJS.ErrnoException) => resolve(error.code)),
  );
  expect(code).toBe('ECONNREFUSED');
});

test('a client that does not read cannot keep the origin from closing', async () => {
  const origin = await startOrigin({ intervalMs: 1, eventBytes: 1_048_576, fill: 'repeated' });
  const client = sendRaw(origin, '/stream');
  client.socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await origin.close();
  expect(origin.openStreams()).toBe(0);
  client.socket.destroy();
});

test('closing twice is closing once', async () => {
  const origin = await startOrigin();
  await Promise.all([origin.close(), origin.close()]);
});

test('a port that is taken is one sentence', async () => {
  const origin = await startOrigin();
  const second = createOrigin({ listen: origin.address });
  await expect(second).rejects.toBeInstanceOf(ListenError);
  await expect(second).rejects.toThrow(/^cannot listen on 127\.0\.0\.1:\d+: the port is already taken/);
});

test.each([
  [{ intervalMs: 0 }, 'intervalMs is 0, expected at least 1'],
  [{ intervalMs: Number.NaN }, 'intervalMs is NaN, expected at least 1'],
  [{ firstDelayMs: -1 }, 'firstDelayMs is -1, expected at least 0'],
  [{ events: 0 }, 'events is 0, expected at least 1'],
  [{ eventBytes: -5 }, 'eventBytes is -5, expected at least 0'],
])('the options %j are refused', async (options, message) => {
  await expect(createOrigin({ listen: { host: '127.0.0.1', port: 0 }, ...options })).rejects.toThrow(message);
});
