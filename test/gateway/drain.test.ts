import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { connectPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange, startPath } from './support/start-gateway.ts';

it('closing lets a stream end by itself within drainTimeoutMs', async () => {
  const { client, origin, gateway } = await startExchange(undefined, { drainTimeoutMs: 10_000 });
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a');
  const closed = gateway.running.close();
  origin.write(chunk('data: b\n\n'));
  await client.until('data: b');
  origin.write('0\r\n\r\n');
  expect(await client.untilEnd()).toBe('fin');
  expect(client.text.endsWith('\r\n0\r\n\r\n')).toBe(true);
  await closed;
});

it.each(['/stream', '/chat'])(
  'closing breaks what it knows nothing of on %s off when the time is up',
  async (path) => {
    const { client, origin, gateway } = await startExchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, {
      drainTimeoutMs: 200,
      streamTypes: ['application/octet-stream'],
    });
    origin.write(
      CHUNKED_HEAD.replace('text/event-stream', 'application/octet-stream') + chunk('data: a\n\n'),
    );
    await client.until('data: a');
    await gateway.running.close();
    await client.untilEnd();
    expect(client.text).not.toContain('\r\n0\r\n\r\n');
    await origin.untilEnd();
    expect(await gateway.exchange()).toMatchObject({ outcome: 'drained' });
  },
);

it('a second call ends the wait', async () => {
  const { client, origin, gateway } = await startExchange(undefined, { drainTimeoutMs: 1_000_000 });
  origin.write(CHUNKED_HEAD);
  await client.head();
  void gateway.running.close();
  await gateway.running.close();
  await client.untilEnd();
});

it('closing a gateway with idle connections takes no new one and does not wait', async () => {
  const { gateway } = await startPath({ drainTimeoutMs: 1_000_000 });
  const idle = await connectPeer(gateway.address.port);
  await gateway.running.close();
  await idle.untilEnd();
  const late = connect(gateway.address.port, '127.0.0.1');
  const error = await new Promise((resolve) => late.on('error', resolve));
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});

it('closing ends a websocket', async () => {
  const { client, origin, gateway } = await startExchange(
    'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
    { drainTimeoutMs: 100 },
  );
  origin.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await client.until('101');
  await gateway.running.close();
  await client.untilEnd();
  await origin.untilEnd();
});
