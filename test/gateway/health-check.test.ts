import { expect, it, vi } from 'vitest';
import { closedPort, fetchRaw, type NamedUpstream, startNamed } from './support/named-upstream.ts';
import { connectPeer } from './support/raw-peer.ts';
import { startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 10 };
const FAST = { path: '/healthz', intervalMs: 40, timeoutMs: 500 };

async function startChecked(targets: NamedUpstream[], check = {}, more = {}) {
  return startGateway(null, {
    ...more,
    upstreams: { all: { targets: targets.map(({ url }) => url), healthCheck: { ...FAST, ...check } } },
    routes: [{ upstream: 'all', kind: 'stream' }],
  });
}

const names = async (port: number, count = 6): Promise<Set<string>> => {
  const found = new Set<string>();
  for (let i = 0; i < count; i++) found.add((await fetchRaw(port, '/')).body);
  return found;
};

it('a target that answers the check badly gets no requests until it answers well again', async () => {
  const [a, b] = [await startNamed('a'), await startNamed('b')];
  const { answer } = a;
  let isIll = false;
  a.answer = (req, res) => {
    if (isIll && req.url === '/healthz') res.statusCode = 503;
    answer(req, res);
  };
  const gateway = await startChecked([a, b]);
  const { port } = gateway.address;
  expect(await names(port)).toEqual(new Set(['a', 'b']));
  isIll = true;
  await vi.waitUntil(() => gateway.log.some(({ msg }) => msg === 'target unhealthy'), SOON);
  expect(await names(port)).toEqual(new Set(['b']));
  isIll = false;
  await vi.waitUntil(() => gateway.log.some(({ msg }) => msg === 'target healthy'), SOON);
  expect(await names(port)).toEqual(new Set(['a', 'b']));
});

it('one bad check is not enough, three in a row are, unless told otherwise', async () => {
  const a = await startNamed('a');
  const { answer } = a;
  const statuses: number[] = [200, 500, 500, 200, 500, 500, 500, 200, 200];
  let asked = 0;
  const seen: [number, number][] = [];
  a.answer = (req, res) => {
    if (req.url === '/healthz') {
      res.statusCode = statuses[asked++] ?? 200;
      seen.push([asked, gateway.log.filter(({ msg }) => /^target/.test(msg)).length]);
    }
    answer(req, res);
  };
  const gateway = await startChecked([a]);
  await vi.waitUntil(() => asked > 10, SOON);
  // What the log had when check n arrived: nothing up to the seventh, down from then on, up again after two good ones.
  expect(seen.slice(0, 10).map(([, lines]) => lines)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 2]);
});

it('asks with the fields and the path that it was given, behind the path of the target', async () => {
  const a = await startNamed('a');
  const gateway = await startGateway(null, {
    upstreams: {
      all: {
        targets: [`${a.url}/base`],
        healthCheck: { ...FAST, headers: { Host: 'site.test', Authorization: 'Bearer x' } },
      },
    },
    routes: [{ upstream: 'all' }],
  });
  await vi.waitUntil(() => a.requests.length > 0, SOON);
  expect(a.requests[0]).toBe('GET /base/healthz');
  expect(a.lastHeaders()).toMatchObject({ host: 'site.test', authorization: 'Bearer x' });
  await gateway.running.close();
  const { length } = a.requests;
  await new Promise((resolve) => setTimeout(resolve, 3 * FAST.intervalMs));
  expect(a.requests.length).toBe(length);
});

it('a target that does not answer in time is not well either; without any target the answer is 503', async () => {
  const a = await startNamed('a');
  a.answer = (req, res) => void (req.url === '/healthz' || res.end('a'));
  const gateway = await startChecked([a], { timeoutMs: 50 });
  await vi.waitUntil(() => gateway.log.some(({ msg }) => msg === 'target unhealthy'), SOON);
  const answer = await fetchRaw(gateway.address.port, '/');
  expect(answer.status).toBe(503);
  expect(answer.fields).toMatchObject({
    'proxy-status': 'unclog; error=destination_unavailable',
    'retry-after': '5',
  });
});

it('with a queue, a request waits until a target is healthy', async () => {
  const a = await startNamed('a');
  const port = await closedPort();
  await a.stop();
  a.port = port;
  const gateway = await startChecked([{ ...a, url: `http://127.0.0.1:${port}` }], {}, { queueMs: 20_000 });
  await vi.waitUntil(() => gateway.log.some(({ msg }) => msg === 'target unhealthy'), SOON);
  const client = await connectPeer(gateway.address.port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await vi.waitUntil(() => gateway.running.openExchanges === 1, SOON);
  await a.start();
  await client.untilEnd();
  expect((await client.head()).status).toBe(200);
});
