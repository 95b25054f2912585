import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';
import { eventsDelayed, startTcpHop, type TcpHop, untilTheEnd } from '../support/tcp-hop.ts';
import { everyInterval, startTestServer, type TestServer } from '../support/test-server.ts';

/** Its clock is off by an hour, and it has no check path: only its own stamps can be compared with each other. */
const CLOCK_OFF_MS = 3_600_000;

describe("a stranger's stamps", () => {
  let backend: TestServer;
  let holding: TcpHop;
  let late: TcpHop;
  beforeAll(async () => {
    backend = await startTestServer((request, response) => {
      if (request.url !== '/stream') {
        response.writeHead(404, { 'Content-Length': 0 }).end();
        return;
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      const event = (n: number): string =>
        `id: ${n}\ndata: {"sentAt":${Date.now() - CLOCK_OFF_MS},"n":${n}}\n\n`;
      everyInterval(
        response,
        { intervalMs: 130, count: 16 },
        (n) => response.write(event(n)),
        () => response.end(),
      );
    });
    holding = await startTcpHop(backend.url, untilTheEnd);
    late = await startTcpHop(backend.url, eventsDelayed(600));
  });
  afterAll(async () => {
    await Promise.all([holding.close(), late.close()]);
    backend.close();
  });
  const url = (): string => `${backend.url}/stream`;

  it.concurrent('alone are judged against the fastest event: a hold shows, a constant one cannot', async () => {
    const [held, constant] = await Promise.all([
      runProbe([{ name: 'edge', url: holding.through(url()) }]),
      runProbe([{ name: 'edge', url: late.through(url()) }]),
    ]);
    expect(held.hops[0]).toMatchObject({ verdict: 'held', events: { holdBasis: 'stamps-relative' } });
    expect(held.findings[0]).toMatchObject({ id: 'held-until-close', confidence: 'likely' });
    expect(constant.hops[0]).toMatchObject({
      verdict: 'streaming',
      events: { holdBasis: 'stamps-relative' },
    });
  });

  it.concurrent('beside a nearer hop prove a hold, a constant one included', async () => {
    const direct = { name: 'direct', url: url() };
    const [held, constant] = await Promise.all([
      runProbe([direct, { name: 'edge', url: holding.through(url()) }]),
      runProbe([direct, { name: 'edge', url: late.through(url()) }]),
    ]);
    expect(held.findings[0]).toMatchObject({ id: 'held-until-close', confidence: 'proven', hop: 'edge' });
    expect(constant.hops.map((hop) => hop.verdict)).toEqual(['streaming', 'held']);
    expect(constant.hops[1]).toMatchObject({
      hold: { kind: 'constant' },
      events: { holdBasis: 'first-hop' },
    });
  });
});
