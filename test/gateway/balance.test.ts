import type { ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import type { UpstreamOptions } from '../../src/gateway/upstreams/options.ts';
import { fetchRaw, type NamedUpstream, startNamed } from './support/named-upstream.ts';
import { connectPeer, type RawPeer, type ScriptedUpstream, startUpstream } from './support/raw-peer.ts';
import { CHUNKED_HEAD, startGateway } from './support/start-gateway.ts';

async function startBalanced(targets: { url: string }[], options: Partial<UpstreamOptions> = {}) {
  return startGateway(null, {
    upstreams: { all: { ...options, targets: targets.map(({ url }) => url) } },
    routes: [{ paths: ['/stream'], upstream: 'all', kind: 'stream' }, { upstream: 'all' }],
  });
}

const three = (): Promise<NamedUpstream[]> => Promise.all(['a', 'b', 'c'].map((name) => startNamed(name)));

describe('round robin', () => {
  it('gives each target its turn', async () => {
    const gateway = await startBalanced(await three());
    const names: string[] = [];
    for (let i = 0; i < 6; i++) names.push((await fetchRaw(gateway.address.port, '/')).body);
    expect(names).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });
});

describe('least streams', () => {
  const openStream = async (port: number, path = '/stream'): Promise<RawPeer> => {
    const client = await connectPeer(port);
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    return client;
  };
  const accept = async (upstream: ScriptedUpstream): Promise<RawPeer> => {
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    origin.write(CHUNKED_HEAD);
    return origin;
  };

  it('goes where the fewest are under way, and counts each one down once, however it ends', async () => {
    const [a, b] = [await startUpstream(), await startUpstream()];
    const gateway = await startBalanced([a, b], { balance: 'least-streams' });
    const { port } = gateway.address;
    for (const end of ['client', 'complete', 'reset', 'refused', 'ordinary'] as const) {
      const before = [a.accepted, b.accepted] as const;
      const held = [await openStream(port), await openStream(port)];
      // One for each: the counts are even.
      const origins = [await accept(a), await accept(b)];
      for (const client of held) await client.head();
      const third = await openStream(port, end === 'ordinary' ? '/chat' : '/stream');
      await vi.waitUntil(() => a.accepted + b.accepted === before[0] + before[1] + 3);
      const origin = await (a.accepted === before[0] + 2 ? a : b).next();
      await origin.until('\r\n\r\n');
      if (end === 'refused') origin.socket.end('nonsense\r\n\r\n');
      else origin.write(CHUNKED_HEAD);
      if (end === 'client') third.socket.destroy();
      else if (end === 'complete' || end === 'ordinary') origin.write('0\r\n\r\n');
      else if (end === 'reset') origin.socket.resetAndDestroy();
      await vi.waitUntil(() => gateway.running.openExchanges === 2);
      for (const { socket } of [...held, ...origins, third]) socket.destroy();
      await vi.waitUntil(() => gateway.running.openExchanges === 0);
    }
  });
});

describe('least streams, for other requests', () => {
  const stream = (res: ServerResponse): void =>
    void res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  const open = async (port: number, path: string): Promise<void> => {
    const client = await connectPeer(port);
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.head();
  };

  it('takes turns, wherever the streams are', async () => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    for (const target of [a, b]) {
      const { answer } = target;
      target.answer = (req, res) => (req.url === '/stream' ? stream(res) : answer(req, res));
    }
    const gateway = await startBalanced([a, b], { balance: 'least-streams' });
    const { port } = gateway.address;
    for (let i = 0; i < 3; i++) await open(port, '/stream');
    expect(Math.abs(a.requests.length - b.requests.length)).toBe(1);
    const names: string[] = [];
    for (let i = 0; i < 8; i++) names.push((await fetchRaw(port, '/')).body);
    expect(names.filter((name) => name === 'a')).toHaveLength(4);
    await open(port, '/stream');
    expect(a.requests).toHaveLength(b.requests.length);
  });

  it('goes where the fewest of them are under way', async () => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    const gateway = await startBalanced([a, b], { balance: 'least-streams' });
    const { port } = gateway.address;
    a.answer = () => {};
    const held = await connectPeer(port);
    held.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitUntil(() => a.requests.length === 1);
    for (let i = 0; i < 4; i++) expect((await fetchRaw(port, '/')).body).toBe('b');
  });

  it('counts an answer that turns out to be a stream as one', async () => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    for (const target of [a, b]) target.answer = (_req, res) => stream(res);
    const gateway = await startBalanced([a, b], { balance: 'least-streams' });
    const { port } = gateway.address;
    // Two by turns, then one on each: all on ordinary routes.
    for (let i = 0; i < 3; i++) await open(port, '/chat');
    const [more, fewer] = a.requests.length === 2 ? [a, b] : [b, a];
    expect([more.requests.length, fewer.requests.length]).toEqual([2, 1]);
    await open(port, '/stream');
    expect([more.requests.length, fewer.requests.length]).toEqual([2, 2]);
    expect(gateway.running.openExchanges).toBe(4);
  });
});

describe('sticky', () => {
  const STICKY = { balance: 'sticky', stickyHeader: 'Mcp-Session-Id' } as const;
  const ask = async (port: number, session: string): Promise<string> =>
    (await fetchRaw(port, '/mcp', { fields: [`Mcp-Session-Id: ${session}`] })).body;

  it('sends a session that a target gave out back to that target, on either way', async () => {
    const targets = await three();
    for (const [i, target] of targets.entries()) {
      const { answer } = target;
      target.answer = (req, res) => {
        if (req.url === '/initialize' || req.url === '/stream')
          res.setHeader('MCP-Session-Id', `s-${i}-${target.requests.length}`);
        answer(req, res);
      };
    }
    const gateway = await startBalanced(targets, STICKY);
    const { port } = gateway.address;
    for (const path of ['/initialize', '/stream', '/initialize', '/stream', '/initialize', '/stream']) {
      const { body, fields } = await fetchRaw(port, path);
      const session = fields['mcp-session-id'] ?? '';
      expect(session).toMatch(/^s-/);
      for (let i = 0; i < 3; i++) expect(await ask(port, session)).toBe(body);
    }
  });

  it('sends an unknown session to one target, spreads many, and moves only those of a target that is gone', async () => {
    const targets = await three();
    const gateway = await startBalanced(targets, STICKY);
    const again = await startBalanced(targets, STICKY);
    const sessions = Array.from({ length: 60 }, (_, i) => `session-${i}`);
    const where = async (port: number) => {
      const names = new Map<string, string>();
      for (const session of sessions) names.set(session, await ask(port, session));
      return names;
    };
    const first = await where(gateway.address.port);
    expect(await where(gateway.address.port)).toEqual(first);
    expect(await where(again.address.port)).toEqual(first);
    for (const name of ['a', 'b', 'c'])
      expect([...first.values()].filter((one) => one === name).length).toBeGreaterThan(8);
    await targets[0]?.stop();
    for (const [session, name] of await where(gateway.address.port)) {
      if (first.get(session) === 'a') expect(['b', 'c']).toContain(name);
      else expect(name).toBe(first.get(session));
    }
  });
});
