import { expect, it } from 'vitest';
import { connectPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startPath } from './support/start-gateway.ts';

// undici's own pool fails this: see src/gateway/client-pool.ts.
it.each(['/chat', '/stream'])(
  'clients that leave in the middle of an answer of %s keep no later request waiting',
  async (path) => {
    const { gateway, upstream } = await startPath();
    for (let i = 0; i < 50; i++) {
      const client = await connectPeer(gateway.address.port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const origin = await upstream.next();
      await origin.until('\r\n\r\n');
      origin.write(CHUNKED_HEAD + chunk(`data: ${i}\n\n`));
      await client.until(`data: ${i}\n`);
      client.socket.destroy();
    }
    // Nothing was opened that no request needed.
    expect(upstream.accepted).toBe(50);
  },
);

it('an upstream connection serves the next ordinary request, unless its own was given up', async () => {
  const { gateway, upstream } = await startPath();
  const request = 'GET /shop HTTP/1.1\r\nHost: a\r\n\r\n';
  const client = await connectPeer(gateway.address.port);
  client.write(request);
  const origin = await upstream.next();
  for (let i = 0; i < 5; i++) {
    await origin.until('\r\n\r\n');
    origin.text = '';
    origin.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${i}`);
    await client.until(new RegExp(`\r\n\r\n${i}$`));
    client.text = '';
    client.write(request);
  }
  await origin.until('\r\n\r\n');
  expect(upstream.accepted).toBe(1);
  client.socket.destroy();
  await origin.untilEnd();
});
