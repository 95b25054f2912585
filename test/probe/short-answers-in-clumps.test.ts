import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';
import { startTcpHop, type TcpHop, untilTheEnd } from '../support/tcp-hop.ts';
import { everyInterval, startTestServer, type TestServer } from '../support/test-server.ts';

/** Tokens of 0.75 s that are others at each call; or all of them at once, as from a store. */
function startModel(): Promise<TestServer> {
  return startTestServer((request, response) => {
    if (request.url !== '/tokens' && request.url !== '/stored') {
      response.writeHead(404).end();
      return;
    }
    const token = (): string => `data: token ${Math.random()}\n\n`;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    if (request.url === '/stored') {
      response.end(Array.from({ length: 30 }, token).join(''));
      return;
    }
    everyInterval(
      response,
      { intervalMs: 25, count: 30 },
      () => response.write(token()),
      () => response.end(),
    );
  });
}

describe('an answer of less than a second, with other tokens at each call', () => {
  let model: TestServer;
  let collecting: TcpHop;
  beforeAll(async () => {
    model = await startModel();
    collecting = await startTcpHop(model.url, untilTheEnd);
  });
  afterAll(async () => {
    await collecting.close();
    await model.close();
  });

  it('is held where it comes whole, and trickles nearer to the origin', async () => {
    const report = await runProbe([
      { name: 'pod', url: `${model.url}/tokens` },
      { name: 'edge', url: `${collecting.url}/tokens` },
    ]);
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'held']);
    expect(report.hops[1]?.hold?.kind).toBe('until-close');
    expect(report.findings.find(({ id }) => id === 'held-until-close')?.confidence).toBe('likely');
  }, 30_000);

  it('is not held where it comes whole at once, from a store', async () => {
    const report = await runProbe([
      { name: 'pod', url: `${model.url}/tokens` },
      { name: 'edge', url: `${model.url}/stored` },
    ]);
    expect(report.verdict).toBe('streaming');
  }, 30_000);
});
