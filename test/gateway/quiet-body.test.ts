import { once } from 'node:events';
import { Pool } from 'undici';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange } from './support/start-gateway.ts';

/** undici cuts a body off after this long without a byte, unless told otherwise (its option `bodyTimeout`). */
const UNDICI_BODY_TIMEOUT_MS = 300_000;

/** Lets twice as long pass for every timer, in steps in which real sockets get their turn. */
async function passTime(): Promise<void> {
  for (let step = 0; step < 600; step++) {
    await vi.advanceTimersByTimeAsync(UNDICI_BODY_TIMEOUT_MS / 300);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('a stream on an ordinary route may be quiet for longer than undici as it comes allows', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { client, origin } = await startExchange('GET /chat HTTP/1.1\r\nHost: a\r\n\r\n');
  const arrived = once(client.socket, 'data');
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await arrived;
  // undici with its own defaults, at the same time: so that it is known that this time passes for it.
  const upstream = await startUpstream();
  const pool = new Pool(upstream.url);
  onTestFinished(() => pool.destroy());
  const answering = pool.request({ path: '/', method: 'GET' });
  (await upstream.next()).write(CHUNKED_HEAD + chunk('data: a\n\n'));
  const { body } = await answering;
  const cutOff = body.text().then(
    () => 'whole',
    (error) => error.code,
  );

  await passTime();

  expect(await cutOff).toBe('UND_ERR_BODY_TIMEOUT');
  expect([client.ended, origin.ended]).toEqual([null, null]);
  const late = once(client.socket, 'data');
  origin.write(chunk('data: late\n\n'));
  await late;
  expect(client.text).toContain('data: late');
});
