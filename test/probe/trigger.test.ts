import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';
import { delayed, startTcpHop, type TcpHop } from '../support/tcp-hop.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { hasTool } from '../support/tools.ts';

describe.skipIf(!hasTool('curl'))('an endpoint that is quiet until something happens', () => {
  let server: TestServer;
  let late: TcpHop;
  let fired = 0;
  beforeAll(async () => {
    const readers = new Set<ServerResponse>();
    server = await startTestServer((request, response) => {
      if (request.url === '/happens') {
        fired += 1;
        for (const reader of readers) reader.write(`data: ${Math.random()}\n\n`);
        response.end();
        return;
      }
      if (!request.url?.startsWith('/stream')) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      readers.add(response);
      response.on('close', () => readers.delete(response));
    });
    late = await startTcpHop(server.url, delayed(700));
  });
  afterAll(async () => {
    await late.close();
    server.close();
  });

  const trigger = (): string => `curl -s -o /dev/null '${server.url}/happens'`;

  it('is measured by a command that makes it happen: a hold counts from it', async () => {
    fired = 0;
    const report = await runProbe([{ name: 'edge', url: late.through(`${server.url}/stream`) }], {
      trigger: trigger(),
      durationMs: 6_000,
    });
    expect(fired).toBeGreaterThanOrEqual(2);
    const [hop] = report.hops;
    expect(hop?.events.holdBasis).toBe('trigger');
    // The last one may still be under way when the watch ends.
    expect(hop?.events.count).toBeGreaterThanOrEqual(fired - 1);
    expect(hop?.verdict).toBe('held');
    expect(hop?.events.holdMs?.p50).toBeGreaterThan(400);
    expect(report.findings.find(({ severity }) => severity === 'error')?.confidence).toBe('likely');
  });

  it('streams when each event comes with its cause', async () => {
    const report = await runProbe([{ name: 'direct', url: `${server.url}/stream` }], {
      trigger: trigger(),
      durationMs: 3_000,
      maxHoldMs: 500,
    });
    expect(report.hops[0]).toMatchObject({ verdict: 'streaming', events: { holdBasis: 'trigger' } });
  });

  it('is no verdict when the command fails, and the report says so', async () => {
    const report = await runProbe([{ name: 'direct', url: `${server.url}/stream` }], {
      trigger: 'exit 3',
      waitFirstMs: 2_500,
    });
    expect(report.verdict).toBe('no-events');
    expect(report.warnings.join('\n')).toMatch(/--trigger failed \d of \d times \(exit code 3\)/);
  });

  it('without a command says how long to watch', async () => {
    const report = await runProbe([{ name: 'direct', url: `${server.url}/stream` }], { waitFirstMs: 600 });
    const finding = report.findings.find(({ id }) => id === 'no-events');
    expect(finding?.explanation).toMatch(/three times the longest usual pause.*--trigger/);
  });
});
