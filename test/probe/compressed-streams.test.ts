import { constants, createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';
import { everyInterval, startTestServer, type TestServer } from '../support/test-server.ts';

describe('a compressed stream', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer((request, response) => {
      const flushes = request.url === '/flushed';
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Content-Encoding': 'gzip' });
      const gzip = createGzip(flushes ? { flush: constants.Z_SYNC_FLUSH } : {});
      gzip.pipe(response);
      const stamped = (n: number): string => `id: ${n}\ndata: {"seq":${n},"sentAt":${Date.now()}}\n\n`;
      everyInterval(
        response,
        { intervalMs: 120, count: 15 },
        (n) => gzip.write(stamped(n)),
        () => gzip.end(),
      );
    });
  });
  afterAll(() => server.close());

  it.concurrent('that flushes per event streams; the coding is a warning at most', async () => {
    const report = await runProbe([{ name: 'edge', url: `${server.url}/flushed` }]);
    expect(report.hops[0]).toMatchObject({ verdict: 'streaming', events: { count: 15 } });
    expect(report.findings.find((one) => one.id === 'compressed')?.severity).not.toBe('error');
  });

  it.concurrent('that does not flush is held, and the compressor is named as the cause', async () => {
    const report = await runProbe([{ name: 'edge', url: `${server.url}/unflushed` }]);
    expect(report.hops[0]).toMatchObject({ verdict: 'held', hold: { kind: 'until-close' } });
    expect(report.findings[0]).toMatchObject({ id: 'compressed-unflushed', severity: 'error' });
  });
});
