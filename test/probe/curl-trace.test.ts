import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { JUDGE_DEFAULTS } from '../../src/probe/diagnose.ts';
import { diagnoseSaved } from '../../src/probe/diagnose-saved.ts';
import { readSaved } from '../../src/probe/saved.ts';
import type { Report } from '../../src/types.ts';
import { runCurl } from '../support/curl.ts';
import { everyPeriod, startTcpHop, type TcpHop } from '../support/tcp-hop.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { hasTool } from '../support/tools.ts';

describe.skipIf(!hasTool('curl'))('what the real curl wrote with --trace-time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-trace-'));
  let origin: RunningOrigin;
  let holding: TcpHop;
  let lines: TestServer;
  let secure: Server;
  let https = '';
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 60 });
    holding = await startTcpHop(origin.url, everyPeriod(500));
    lines = await startTestServer((request, response) => {
      if (request.url === '/moved') {
        response.writeHead(302, { Location: '/lines' }).end();
        return;
      }
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
      for (let n = 1; n <= 4; n += 1) response.write(`{"n":${n},"text":"It is. Or not..."}\n`);
      if (request.url === '/broken') setTimeout(() => response.destroy(), 100);
      else response.end();
    });
    const tls = (name: string): Buffer =>
      readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
    secure = createTlsServer({ key: tls('key'), cert: tls('cert') }, (_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end('id: 1\ndata: a.b\n\nid: 2\ndata: c...\n\n: done\n\nevent: x\ndata: d\ndata: e\n\n');
    });
    https = `https://127.0.0.1:${(await listen(secure, { host: '127.0.0.1', port: 0 })).port}/events`;
  });
  afterAll(async () => {
    await holding.close();
    await origin.close();
    lines.close();
    secure.close();
    rmSync(folder, { recursive: true });
  });

  let files = 0;
  const trace = async (
    form: '--trace' | '--trace-ascii',
    ...args: string[]
  ): Promise<{ report: Report; text: string }> => {
    files += 1;
    const file = join(folder, `trace-${files}.txt`);
    await runCurl(['--trace-time', form, file, ...args]);
    return { report: diagnoseSaved([readSaved(file)], JUDGE_DEFAULTS), text: readFileSync(file, 'utf8') };
  };

  it.concurrent.each(['--trace', '--trace-ascii'] as const)('%s: a stream that flows', async (form) => {
    const { report } = await trace(form, '-m', '2', `${origin.url}/stream`);
    expect(report.hops[0]).toMatchObject({
      url: `${origin.url}/stream`,
      verdict: 'streaming',
      response: { status: 200, httpVersion: '1.1' },
      events: { lost: 0, holdBasis: 'stamps-relative' },
      end: { reason: 'stopped-by-probe' },
    });
    expect(report.hops[0]?.events.count).toBeGreaterThan(15);
    expect(Math.abs(Date.parse(report.startedAt) - Date.now())).toBeLessThan(60_000);
  });

  it.concurrent.each(['--trace', '--trace-ascii'] as const)('%s: a stream that a hop holds', async (form) => {
    const { report } = await trace(form, '-m', '3', holding.through(`${origin.url}/stream`));
    expect(report.hops[0]).toMatchObject({ verdict: 'held', hold: { kind: 'for-time' } });
  });

  it.concurrent.each(['--trace', '--trace-ascii'] as const)(
    '%s over TLS: protocol and issuer, dots and line ends',
    async (form) => {
      const { report } = await trace(form, '-k', https);
      expect(report.hops[0]).toMatchObject({
        url: https,
        tls: { protocol: expect.stringMatching(/^TLSv1/) },
        events: { count: 3 },
        end: { reason: 'complete' },
      });
    },
  );

  it.concurrent('HTTP/1.0, which has no chunks', async () => {
    const { report } = await trace('--trace-ascii', '-m', '1', '--http1.0', `${origin.url}/stream`);
    expect(report.hops[0]).toMatchObject({ verdict: 'streaming' });
    expect(report.hops[0]?.events.count).toBeGreaterThan(5);
  });

  it.concurrent('lines of JSON behind a redirect; the last answer counts', async () => {
    const { report } = await trace('--trace-ascii', '-L', `${lines.url}/moved`);
    expect(report.hops[0]).toMatchObject({
      url: `${lines.url}/lines`,
      response: { status: 200 },
      events: { count: 4 },
    });
  });

  it.concurrent('an answer that broke off', async () => {
    const { report } = await trace('--trace', `${lines.url}/broken`);
    expect(report.verdict).toBe('cut');
  });

  it.concurrent('nobody who listens', async () => {
    const { report } = await trace('--trace-ascii', 'http://127.0.0.1:1/');
    expect(report.verdict).toBe('unreachable');
  });

  it.concurrent('credentials in it do not get into the report', async () => {
    const { report, text } = await trace(
      '--trace-ascii',
      '-u',
      'me:s3cret',
      '-b',
      'sid=s3cret',
      '-m',
      '1',
      `${origin.url}/stream?k=s3cret`,
    );
    expect(text).toContain('s3cret');
    expect(JSON.stringify(report)).not.toMatch(/s3cret|czNjcmV0/);
  });

  it.concurrent('times of day that go past midnight go on counting', async () => {
    const { text } = await trace('--trace-ascii', '-m', '1', `${origin.url}/stream`);
    // Every time in it moved so that the fourth event comes right after midnight.
    const times = [...text.matchAll(/^(\d\d):(\d\d):(\d\d\.\d+) <= Recv data/gm)].map(toSeconds);
    const shift = 86_400 - ((times[3] ?? 0) - 0.001);
    const moved = text.replace(/^(\d\d):(\d\d):(\d\d\.\d+)/gm, (...match) =>
      toClock((toSeconds(match) + shift) % 86_400),
    );
    expect(moved).toMatch(/^23:59:59/m);
    expect(moved).toMatch(/^00:00:00/m);
    const file = join(folder, 'midnight.txt');
    writeFileSync(file, moved);
    const report = diagnoseSaved([readSaved(file)], JUDGE_DEFAULTS);
    expect(report.verdict).toBe('streaming');
    expect(report.hops[0]?.events.gapMs?.max).toBeLessThan(1_000);
  });
});

function toSeconds(match: ArrayLike<unknown>): number {
  return Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3]);
}

function toClock(seconds: number): string {
  const two = (number: number): string => String(Math.floor(number)).padStart(2, '0');
  return `${two(seconds / 3_600)}:${two((seconds / 60) % 60)}:${(seconds % 60).toFixed(6).padStart(9, '0')}`;
}
