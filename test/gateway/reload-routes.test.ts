import { expect, it } from 'vitest';
import { fetchRaw } from './support/named-upstream.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, chunk, startGateway } from './support/start-gateway.ts';

const FREE = { host: '127.0.0.1', port: 0 };

it('a reload changes routes and upstreams; streams under way stay with the old ones', async () => {
  const [before, after] = [await startUpstream(), await startUpstream()];
  const options = (url: string, path: string) => ({
    listen: FREE,
    upstreams: { all: { targets: [url] } },
    routes: [{ paths: [path], upstream: 'all', kind: 'stream' as const }],
  });
  const gateway = await startGateway(null, options(before.url, '/old'));
  const { port } = gateway.address;
  const client = await connectPeer(port);
  client.write('GET /old HTTP/1.1\r\nHost: a\r\n\r\n');
  const origin = await before.next();
  origin.write(CHUNKED_HEAD + chunk('data: a\n\n'));
  await client.until('data: a');
  expect(gateway.running.reload(options(after.url, '/new'))).toEqual([]);
  expect((await fetchRaw(port, '/old')).status).toBe(404);
  const next = await connectPeer(port);
  next.write('GET /new HTTP/1.1\r\nHost: a\r\n\r\n');
  (await after.next()).write(CHUNKED_HEAD + chunk('data: new\n\n'));
  await next.until('data: new');
  origin.write(chunk('data: b\n\n'));
  await client.until('data: b');
});
