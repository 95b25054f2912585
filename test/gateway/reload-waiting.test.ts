import { expect, it, vi } from 'vitest';
import { closedPort, startNamed } from './support/named-upstream.ts';
import { connectPeer } from './support/raw-peer.ts';
import { startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 10 };
const FREE = { host: '127.0.0.1', port: 0 };

const options = (url: string, healthPath: string | null) => ({
  listen: FREE,
  queueMs: 20_000,
  upstreams: {
    all: {
      targets: [url],
      healthCheck: healthPath === null ? null : { path: healthPath, intervalMs: 40, healthyAfter: 1 },
    },
  },
  routes: [{ upstream: 'all', kind: 'stream' as const }],
});

async function ask(port: number) {
  const client = await connectPeer(port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  return client;
}

it('a request that waits for a healthy target goes to the target that a reload brings', async () => {
  const [ill, well] = [await startNamed('ill'), await startNamed('well')];
  ill.answer = (_req, res) => void res.writeHead(503).end();
  const gateway = await startGateway(null, options(ill.url, '/healthz'));
  await vi.waitUntil(() => gateway.log.some(({ msg }) => msg === 'target unhealthy'), SOON);
  const client = await ask(gateway.address.port);
  await vi.waitUntil(() => gateway.running.openExchanges === 1, SOON);
  gateway.running.reload(options(well.url, '/healthz'));
  await client.untilEnd();
  expect((await client.head()).body).toContain('well');
  expect(ill.requests).not.toContain('GET /');
});

it('a request that waits goes on to hear of its target where a reload changes its checks', async () => {
  const target = await startNamed('back');
  const { answer } = target;
  let isWell = false;
  target.answer = (req, res) => (isWell ? answer(req, res) : void res.writeHead(503).end());
  const gateway = await startGateway(null, options(target.url, '/old'));
  await vi.waitUntil(() => gateway.log.some(({ msg }) => msg === 'target unhealthy'), SOON);
  const client = await ask(gateway.address.port);
  await vi.waitUntil(() => gateway.running.openExchanges === 1, SOON);
  gateway.running.reload(options(target.url, '/new'));
  await vi.waitUntil(() => target.requests.includes('GET /new'), SOON);
  expect(client.text).toBe('');
  isWell = true;
  await client.untilEnd();
  expect((await client.head()).body).toContain('back');
});

it('a request whose connection is refused again and again goes to the target that a reload brings', async () => {
  const well = await startNamed('well');
  const gateway = await startGateway(null, options(`http://127.0.0.1:${await closedPort()}`, null));
  const client = await ask(gateway.address.port);
  await vi.waitUntil(() => gateway.running.openExchanges === 1, SOON);
  gateway.running.reload(options(well.url, null));
  await client.untilEnd();
  expect((await client.head()).body).toContain('well');
});

it('a request that waits for a place gets it when a reload makes room', async () => {
  const target = await startNamed('a');
  target.answer = (_req, res) =>
    void res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  const gateway = await startGateway(null, { ...options(target.url, null), maxStreams: 1 });
  const { port } = gateway.address;
  await (await ask(port)).head();
  const waiting = await ask(port);
  await vi.waitUntil(() => gateway.running.openExchanges === 2, SOON);
  gateway.running.reload({ ...options(target.url, null), maxStreams: 2 });
  expect((await waiting.head()).status).toBe(200);
});

it('sessions and counts of a target outlast a reload that changes its weight', async () => {
  const [a, b] = [await startNamed('a'), await startNamed('b')];
  const sticky = (weight: number) => ({
    listen: FREE,
    upstreams: {
      all: {
        targets: [{ url: a.url, weight }, b.url],
        balance: 'sticky' as const,
        stickyHeader: 'X-Session',
      },
    },
    routes: [{ upstream: 'all' }],
  });
  const gateway = await startGateway(null, sticky(1));
  const asked = async (session?: string) => {
    const client = await connectPeer(gateway.address.port);
    const field = session === undefined ? '' : `X-Session: ${session}\r\n`;
    client.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${field}\r\n`);
    await client.untilEnd();
    return client.head();
  };
  let given = 0;
  for (const target of [a, b]) {
    const { answer } = target;
    target.answer = (req, res) => {
      if (req.headers['x-session'] === undefined) res.setHeader('X-Session', `s-${given++}`);
      answer(req, res);
    };
  }
  const homes = new Map<string, string>();
  for (let i = 0; i < 12; i++) {
    const { fields, body } = await asked();
    homes.set(fields['x-session'] ?? '', body);
  }
  expect(new Set(homes.values()).size).toBe(2);
  gateway.running.reload(sticky(5));
  for (const [session, home] of homes) expect((await asked(session)).body).toBe(home);
});
