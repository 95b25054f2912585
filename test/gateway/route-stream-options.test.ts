import { describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startGateway } from './support/start-gateway.ts';

describe('stream options of one route', () => {
  it('hold there and nowhere else', async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway(null, {
      upstreams: { all: { targets: [upstream.url] } },
      routes: [
        { paths: ['/padded'], upstream: 'all', kind: 'stream', openingComment: true },
        { upstream: 'all', kind: 'stream' },
      ],
    });
    const texts: string[] = [];
    for (const path of ['/padded', '/plain']) {
      const client = await connectPeer(gateway.address.port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const origin = await upstream.next();
      origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
      await client.until('data: a\n\n');
      texts.push((await client.head()).body.slice(0, 8));
    }
    expect(texts[0]).toContain(':');
    expect(texts[1]).toBe('9\r\ndata:');
  });

  it('are refused beside mode: observe, and told where they stand', async () => {
    await expect(
      createGateway({
        mode: 'observe',
        upstreams: { all: { targets: ['http://127.0.0.1:1'] } },
        routes: [{ upstream: 'all', heartbeatMs: 1_000 }],
      }),
    ).rejects.toThrow('routes[0].mode: observe changes nothing, so heartbeat cannot be given with it');
  });
});
