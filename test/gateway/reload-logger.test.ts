import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { startNamed } from './support/named-upstream.ts';
import { connectPeer } from './support/raw-peer.ts';
import { startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 10_000, interval: 10 };

/** A log of its own. */
function createLog() {
  const lines: { msg: string }[] = [];
  return { lines, logger: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }) };
}

it('what upstreams do is said to the logger in force, not to the one of the start', async () => {
  const target = await startNamed('a');
  const { answer } = target;
  let isIll = false;
  target.answer = (req, res) => (isIll ? void res.writeHead(503).end() : answer(req, res));
  const options = {
    upstreams: { all: { targets: [target.url], healthCheck: { path: '/healthz', intervalMs: 40 } } },
    routes: [{ upstream: 'all' }],
  };
  const gateway = await startGateway(null, options);
  const log = createLog();
  gateway.running.reload({ ...options, listen: gateway.address, logger: log.logger });
  isIll = true;
  await vi.waitUntil(() => log.lines.some(({ msg }) => msg === 'target unhealthy'), SOON);
  expect(gateway.log.filter(({ msg }) => msg === 'target unhealthy')).toEqual([]);
});

it('so is that a browser has all its connections in use', async () => {
  const target = await startNamed('a');
  target.answer = (_req, res) =>
    void res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  const gateway = await startGateway(target.url);
  const log = createLog();
  gateway.running.reload({ upstream: target.url, logger: log.logger });
  for (let i = 0; i < 6; i++) {
    const client = await connectPeer(gateway.address.port);
    client.write('GET /stream HTTP/1.1\r\nHost: a\r\nUser-Agent: Mozilla/5.0\r\n\r\n');
    await client.head();
  }
  await vi.waitUntil(() => log.lines.some(({ msg }) => msg.startsWith('a browser has')), SOON);
  expect(gateway.log.filter(({ msg }) => msg.startsWith('a browser has'))).toEqual([]);
});
