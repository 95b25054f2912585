import { describe, expect, it } from 'vitest';
import { connectPeer } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startExchange, startPath } from './support/start-gateway.ts';

// What is decided here: a client that closes its sending side has left (docs/gateway.md, "When one side leaves").

describe.each([
  ['/stream', 'stream'],
  ['/chat', 'ordinary'],
])('a client of %s that closes its sending side only', (path, route) => {
  const request = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

  it('right after the request, in one packet with it: counts as gone, whatever the upstream does', async () => {
    const { gateway, upstream } = await startPath();
    const client = await connectPeer(gateway.address.port);
    client.socket.end(request);
    await client.untilEnd();
    expect(client.text).toBe('');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', status: null, route });
    // Where an upstream connection had been opened, it is closed.
    if (upstream.accepted > 0) await (await upstream.next()).untilEnd();
  });

  it('while it waits for the head: the upstream is aborted', async () => {
    const { client, origin, gateway } = await startExchange(request);
    client.socket.end();
    await Promise.all([origin.untilEnd(), client.untilEnd()]);
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', status: null });
  });

  it('in the middle of a stream: gets no further event, and no end that looks whole', async () => {
    const { client, origin, gateway } = await startExchange(request);
    origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
    await client.until('data: a');
    client.socket.end();
    await Promise.all([origin.untilEnd(), client.untilEnd()]);
    expect(client.text).not.toContain('\r\n0\r\n\r\n');
    expect(await gateway.exchange()).toMatchObject({ outcome: 'client-gone', status: 200 });
  });

  it('behind two pipelined requests: neither goes on', async () => {
    const { gateway, upstream } = await startPath();
    const client = await connectPeer(gateway.address.port);
    client.socket.end(request + request);
    await client.untilEnd();
    expect(upstream.accepted).toBeLessThanOrEqual(1);
    expect(client.text).toBe('');
  });
});
