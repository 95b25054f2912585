import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import { type Downstream, startTcpHop, type TcpHop } from '../support/tcp-hop.ts';
import { startTestServer } from '../support/test-server.ts';

/** Ends the connection after so long without a byte from upstream, as an idle timeout does. */
const idleTimeout =
  (idleMs: number, close: () => void): Downstream =>
  (send) => {
    let timer: NodeJS.Timeout | undefined;
    return {
      data: (bytes) => {
        send(bytes);
        clearTimeout(timer);
        timer = setTimeout(close, idleMs);
      },
      end: () => clearTimeout(timer),
    };
  };

describe('a stream that ends before its time', () => {
  let origin: RunningOrigin;
  let hop: TcpHop;
  const base = (): string => `${origin.url}/.well-known/unclog/stream`.replace(/([^:])\/\//, '$1/');
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    let cut: () => void = () => {};
    hop = await startTcpHop(
      origin.url,
      idleTimeout(1_300, () => cut()),
    );
    cut = hop.cutAll;
  });
  afterAll(async () => {
    await hop.close();
    await origin.close();
  });

  it('without the last chunk is cut and truncated, whatever came before', async () => {
    const report = await runProbe([{ name: 'origin', url: `${base()}?events=9&interval=100ms&cut-after=4` }]);
    expect(report.hops[0]).toMatchObject({ verdict: 'cut', events: { count: 4 } });
    expect(['truncated', 'reset']).toContain(report.hops[0]?.end?.reason);
    expect(report.findings.filter((one) => one.severity === 'error').map((one) => one.id)).toContain(
      'truncated',
    );
  });

  it('after a quiet time, while the nearer hop lives on, is cut when idle: proven, with the time', async () => {
    const url = `${base()}?events=12&interval=100ms&quiet-after=6&quiet=2500ms`;
    const report = await runProbe([
      { name: 'direct', url },
      { name: 'edge', url: hop.through(url) },
    ]);
    expect(report.hops.map((one) => one.verdict)).toEqual(['streaming', 'cut']);
    const finding = report.findings.find((one) => one.id === 'cut-when-idle');
    expect(finding).toMatchObject({ hop: 'edge', severity: 'error', confidence: 'proven' });
    expect(report.hops[1]?.end?.quietMs).toBeGreaterThan(1_000);
  });

  it('inside an event, though by a clean close, is at least a warning', async () => {
    const server = await startTestServer((_request, response) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { 'Content-Type': 'text/event-stream', Connection: 'close' });
      response.write('id: 1\ndata: whole\n\n');
      setTimeout(() => response.end('id: 2\ndata: torn'), 100);
    });
    const report = await runProbe([{ name: 'edge', url: `${server.url}/stream` }]);
    server.close();
    expect(report.hops[0]?.end?.reason).toBe('closed');
    expect(report.findings.find((one) => one.id === 'truncated')?.severity).toBe('warning');
  });

  it('by a gateway that gave up before the head is cut, by that name', async () => {
    const url = `${base()}?status=504&head-delay=1200ms&events=1`;
    const report = await runProbe([{ name: 'edge', url }]);
    expect(report.verdict).toBe('cut');
    expect(report.findings.map((one) => one.id)).toContain('timed-out-before-head');
  });
});
