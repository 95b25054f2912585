import { describe, expect, it, vi } from 'vitest';
import { closedPort, fetchRaw, startNamed } from './support/named-upstream.ts';
import { connectPeer, startUpstream } from './support/raw-peer.ts';
import { startGateway } from './support/start-gateway.ts';

const OUT = { failures: 3, forMs: 60_000 };

async function startWith(
  targets: string[],
  ejection: { failures: number; forMs: number } | null | undefined,
) {
  return startGateway(null, {
    retries: 0,
    upstreams: { all: { targets, ...(ejection !== undefined && { ejection }) } },
    routes: [{ paths: ['/stream'], upstream: 'all', kind: 'stream' }, { upstream: 'all' }],
  });
}

const statuses = async (port: number, count: number, path = '/') => {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((await fetchRaw(port, path)).status);
  return found;
};

describe('a target that fails so many requests in a row is taken out', () => {
  it.each(['/', '/stream'])('when it gives no connection (%s)', async (path) => {
    const b = await startNamed('b');
    const gateway = await startWith([`http://127.0.0.1:${await closedPort()}`, b.url], OUT);
    expect(await statuses(gateway.address.port, 10, path)).toEqual([
      502, 200, 502, 200, 502, 200, 200, 200, 200, 200,
    ]);
    expect(gateway.log.filter(({ msg }) => msg === 'target taken out')).toHaveLength(1);
  });

  it.each(['/', '/stream'])('when it answers with an error of its own (%s)', async (path) => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    a.answer = (_req, res) => void res.writeHead(500).end();
    const gateway = await startWith([a.url, b.url], OUT);
    expect(await statuses(gateway.address.port, 8, path)).toEqual([500, 200, 500, 200, 500, 200, 200, 200]);
  });

  it('when it does not answer', async () => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    a.answer = (req) => void req.socket.destroy();
    const gateway = await startWith([a.url, b.url], OUT);
    expect(await statuses(gateway.address.port, 8)).toEqual([502, 200, 502, 200, 502, 200, 200, 200]);
  });

  it('and comes back after its time; the next failure takes it out again', async () => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    a.answer = (_req, res) => void res.writeHead(500).end();
    const gateway = await startWith([a.url, b.url], { failures: 2, forMs: 300 });
    await statuses(gateway.address.port, 4);
    const asked = a.requests.length;
    expect(asked).toBe(2);
    await vi.waitUntil(
      async () => {
        await statuses(gateway.address.port, 2);
        return a.requests.length > asked;
      },
      { timeout: 10_000 },
    );
    await vi.waitUntil(() => gateway.log.filter(({ msg }) => msg === 'target taken out').length === 2);
  });
});

it('failures that are not in a row take nothing out', async () => {
  const [a, b] = [await startNamed('a'), await startNamed('b')];
  a.answer = (_req, res) => void res.writeHead(a.requests.length % 3 === 0 ? 200 : 500).end();
  const gateway = await startWith([a.url, b.url], OUT);
  await statuses(gateway.address.port, 20);
  expect(a.requests.length).toBe(10);
});

it('the last target that is left stays, whatever it does', async () => {
  const [a, b] = [await startNamed('a'), await startNamed('b')];
  for (const one of [a, b]) one.answer = (_req, res) => void res.writeHead(500).end();
  const gateway = await startWith([a.url, b.url], { failures: 1, forMs: 60_000 });
  expect(await statuses(gateway.address.port, 6)).toEqual([500, 500, 500, 500, 500, 500]);
  expect(gateway.log.filter(({ msg }) => msg === 'target taken out')).toHaveLength(1);
});

it('off means that it is never taken out; several targets have it on', async () => {
  const [a, b] = [await startNamed('a'), await startNamed('b')];
  a.answer = (_req, res) => void res.writeHead(500).end();
  const off = await startWith([a.url, b.url], null);
  await statuses(off.address.port, 20);
  expect(a.requests.length).toBe(10);
  const standard = await startWith([a.url, b.url], undefined);
  await statuses(standard.address.port, 20);
  expect(a.requests.length).toBe(15);
});

it('a client that leaves is no failure of the target', async () => {
  const upstream = await startUpstream();
  const b = await startNamed('b');
  const gateway = await startWith([upstream.url, b.url], { failures: 1, forMs: 60_000 });
  for (let i = 0; i < 3; i++) {
    const client = await connectPeer(gateway.address.port);
    client.write('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await upstream.next();
    await origin.until('\r\n\r\n');
    client.socket.destroy();
    await origin.untilEnd();
    expect((await fetchRaw(gateway.address.port, '/')).body).toBe('b');
  }
});
