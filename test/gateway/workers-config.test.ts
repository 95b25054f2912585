import { describe, expect, it, vi } from 'vitest';
import { configFile } from './support/config-file.ts';
import { fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer, type RawPeer, startUpstream } from './support/raw-peer.ts';
import { startCommand } from './support/start-command.ts';
import { CHUNKED_HEAD } from './support/start-gateway.ts';

describe('a file with --workers 2', () => {
  it('routes in every worker, on every address', async () => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    const file = configFile(`
listeners: [127.0.0.1:0, 127.0.0.1:0]
workers: 2
upstreams: { a: "${a.url}", b: "${b.url}" }
routes: [{ paths: [/a], upstream: a }, { paths: [/b], upstream: b }]
`);
    const command = await startCommand(['--config', file]);
    const ports = await command.ports(2);
    expect(new Set(ports).size).toBe(2);
    for (const port of ports)
      for (let i = 0; i < 4; i++) {
        expect((await fetchRaw(port, '/a')).body).toBe('a');
        expect((await fetchRaw(port, '/b')).body).toBe('b');
        expect((await fetchRaw(port, '/c')).status).toBe(404);
      }
    await vi.waitUntil(() => new Set(command.log().map(({ pid }) => pid)).size >= 2, { timeout: 10_000 });
  });

  it('keeps a session at its target whichever worker it comes to', async () => {
    const targets = await Promise.all(['a', 'b', 'c'].map((name) => startNamed(name)));
    for (const [i, target] of targets.entries()) {
      const { answer } = target;
      target.answer = (req, res) => {
        if (req.url === '/initialize')
          res.setHeader('Mcp-Session-Id', `given-${i}-${target.requests.length}`);
        answer(req, res);
      };
    }
    const file = configFile(`
workers: 2
listen: 127.0.0.1:0
upstreams:
  mcp: { targets: [${targets.map(({ url }) => url).join(', ')}], balance: sticky, stickyHeader: Mcp-Session-Id }
routes: [{ upstream: mcp }]
`);
    const { port } = await startCommand(['--config', file]);
    for (let session = 0; session < 6; session++) {
      const { body, fields } = await fetchRaw(port, '/initialize');
      const id = fields['mcp-session-id'] ?? '';
      // The other worker hears of it through the first process.
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (let i = 0; i < 4; i++)
        expect((await fetchRaw(port, '/', { fields: [`Mcp-Session-Id: ${id}`] })).body).toBe(body);
    }
  });

  it('shares limits in all out, those for a client not', async () => {
    const upstream = await startUpstream();
    const accept = async (): Promise<void> => {
      for (;;) {
        const origin = await upstream.next();
        void origin.until('\r\n\r\n').then(() => origin.write(CHUNKED_HEAD));
      }
    };
    accept().catch(() => {});
    const file = configFile(`
workers: 2
listen: 127.0.0.1:0
upstreams: { all: "${upstream.url}" }
routes:
  - { paths: [/route], upstream: all, kind: stream, maxStreams: 4 }
  - { paths: [/client], upstream: all, kind: stream, maxStreamsPerClient: 4 }
`);
    const { port } = await startCommand(['--config', file]);
    const open = async (path: string): Promise<RawPeer> => {
      const client = await connectPeer(port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      return client;
    };
    const statuses = async (path: string, count: number): Promise<number[]> => {
      const clients: RawPeer[] = [];
      for (let i = 0; i < count; i++) clients.push(await open(path));
      return Promise.all(clients.map(async (client) => (await client.head()).status));
    };
    // Connections are dealt out in turn: two workers, two each.
    const ofRoute = await statuses('/route', 8);
    expect(ofRoute.filter((status) => status === 200)).toHaveLength(4);
    const ofClient = await statuses('/client', 12);
    expect(ofClient.filter((status) => status === 200)).toHaveLength(8);
  });
});
