import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mcpWarnings } from '../../src/probe/mcp-warnings.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { McpSession } from '../../src/types.ts';
import { hopFacts } from '../support/facts-builder.ts';
import { startMcpServer, type TestMcpServer } from '../support/mcp-server.ts';
import { startTcpHop, type TcpHop, untilTheEnd } from '../support/tcp-hop.ts';

const CALL = Buffer.from(
  JSON.stringify({
    jsonrpc: '2.0',
    id: 7,
    method: 'tools/call',
    params: { name: 'count', arguments: {}, _meta: { progressToken: 'p' } },
  }),
);

describe('an MCP endpoint', () => {
  let server: TestMcpServer;
  let json: TestMcpServer;
  let holding: TcpHop;
  beforeAll(async () => {
    server = await startMcpServer();
    json = await startMcpServer({ jsonAnswers: true });
    holding = await startTcpHop(server.url, untilTheEnd);
  });
  afterAll(async () => {
    await holding.close();
    server.close();
    json.close();
  });

  it('is measured in a session of its own, which is closed afterwards', async () => {
    server.seen.length = 0;
    const report = await runProbe([{ name: 'mcp', url: `${server.url}/mcp` }], { mcp: true, body: CALL });
    expect(server.seen).toEqual([
      'POST initialize',
      'POST notifications/initialized',
      expect.stringMatching(/POST tools\/call|GET/),
      expect.stringMatching(/POST tools\/call|GET/),
      'DELETE',
    ]);
    expect(server.sessions()).toBe(0);
    expect(report.hops[0]).toMatchObject({
      verdict: 'streaming',
      protocol: { name: 'mcp', endMarker: true },
      events: { count: 11 },
    });
    expect(JSON.stringify(report)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });

  it('is held by a hop that keeps the answer to a POST', async () => {
    const report = await runProbe(
      [
        { name: 'direct', url: `${server.url}/mcp` },
        { name: 'edge', url: holding.through(`${server.url}/mcp`) },
      ],
      { mcp: true, body: CALL, waitFirstMs: 5_000 },
    );
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'held']);
  });

  it('that answers with JSON is judged by the stream of its GET, and the report says so', async () => {
    const report = await runProbe([{ name: 'mcp', url: `${json.url}/mcp` }], {
      mcp: true,
      waitFirstMs: 1_000,
    });
    expect(report.hops[0]?.response?.headers).toContainEqual(['content-type', 'text/event-stream']);
    expect(report.verdict).toBe('no-events');
    expect(report.warnings.join('\n')).toMatch(
      /answered with JSON, as MCP allows; the stream of the GET was judged/,
    );
  });

  it('whose GET stream gives no head though the POST is answered is worth a line', () => {
    const post = { status: 200, contentType: 'text/event-stream' };
    const lines = (get: McpSession['get']): string => {
      const mcp: McpSession = { protocolVersion: null, hasSessionId: true, recorded: 'post', post, get };
      return mcpWarnings(hopFacts({ observation: { mcp } })).join();
    };
    expect(lines({ status: null, contentType: null, headMs: null })).toMatch(/no response head within 3 s/);
    expect(lines({ status: 405, contentType: null, headMs: 3 })).toMatch(/no stream for GET \(405\)/);
    expect(lines({ status: 200, contentType: 'text/event-stream', headMs: 3 })).toBe('');
  });

  it('asked without --mcp is recognised by its refusal, and next names the flag', async () => {
    const url = `${server.url}/mcp`;
    const report = await runProbe([{ name: 'mcp', url }]);
    expect(report.hops[0]?.response?.status).toBe(400);
    expect(report.findings[0]?.explanation).toMatch(/looks like an MCP endpoint.*--mcp/);
    expect(report.next).toBe(`unclog --mcp 'mcp=${url}'`);
  });
});
