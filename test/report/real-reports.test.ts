import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { reportSchema } from '../../src/report/schema.ts';
import type { Report } from '../../src/types.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { startMcpServer } from '../support/mcp-server.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { startTestServer } from '../support/test-server.ts';

const SCHEMA = JSON.parse(readFileSync(new URL('../../report.schema.json', import.meta.url), 'utf8')) as {
  properties: Record<string, unknown>;
};

/** The report that the program printed: the schema knows every field of it, and misses none. */
function valid({ stdout, stderr }: CliResult): Report {
  const json = JSON.parse(stdout || 'null') as unknown;
  const parsed = reportSchema.safeParse(json);
  expect(parsed.error?.issues ?? [], stderr).toEqual([]);
  // Parsing drops fields that the schema does not know.
  expect(parsed.data).toEqual(json);
  expect(Object.keys(json as object).filter((key) => !(key in SCHEMA.properties))).toEqual([]);
  return json as Report;
}

describe('report.schema.json describes what the program really prints of', () => {
  let origin: RunningOrigin;
  let stream: string;
  let folder: string;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 60, events: 8 });
    stream = `${origin.url}/stream`;
    folder = await mkdtemp(join(tmpdir(), 'unclog-report-'));
  });
  afterAll(async () => {
    await origin.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('a stream that is watched, and its recording', async () => {
    const file = join(folder, 'saved.json');
    const report = valid(await runCli([`near=${stream}`, `far=${stream}`, '--json', '--save', file]));
    expect(report.hops.map(({ adds }) => adds)).toHaveLength(2);
    expect(report.hops[0]?.wire?.framing).toBe('chunked');
    expect(valid(await runCli(['diagnose', file, '--json'])).mode).toBe('observe');
  });

  it('experiments', async () => {
    const report = valid(await runCli(['--experiment', `edge=${origin.url}`, '--json', '--duration', '2s']));
    expect(report.mode).toBe('experiment');
    expect(report.experiments.length).toBeGreaterThan(0);
    expect(report.hops[0]?.measured).toBeDefined();
  });

  it('a pasted curl line', async () => {
    valid(await runCli(['curl', stream, '-H', 'Accept: text/event-stream', '-N', '--json']));
    const { stdout } = await runCli(['curl', '-sN', stream, '--', '--verbose']);
    expect(stdout).toMatch(/^ {2}framing +chunked, /m);
  });

  it('a redirect', async () => {
    const server = await startTestServer((_, response) =>
      response.writeHead(307, { Location: stream }).end(),
    );
    const report = valid(await runCli([`edge=${server.url}/`, '-L', '--json']));
    expect(report.hops[0]?.redirects).toHaveLength(1);
    await server.close();
  });

  it('a proxy', async () => {
    const proxy = await startConnectProxy();
    const report = valid(
      await runCli([stream, '-x', `http://127.0.0.1:${proxy.port}`, '--json'], {
        NO_PROXY: '',
        no_proxy: '',
      }),
    );
    expect(report.hops[0]?.proxy?.from).toBe('-x');
    await proxy.close();
  });

  it('an MCP endpoint', async () => {
    const server = await startMcpServer();
    const report = valid(await runCli([`${server.url}/mcp`, '--mcp', '--json', '--duration', '1s']));
    expect(report.hops[0]?.protocol?.name).toBe('mcp');
    await server.close();
  });

  it('a quiet stream that a command wakes', async () => {
    const quiet = `${origin.url}/.well-known/unclog/stream?events=3&first-delay=600ms&interval=300ms`;
    valid(await runCli([quiet, '--trigger', 'true', '--json', '--duration', '2s']));
  });

  it('nobody there', async () => {
    const report = valid(await runCli(['http://127.0.0.1:9/stream', '--json']));
    expect(report.verdict).toBe('unreachable');
  });
});
