import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { Report } from '../../src/types.ts';
import {
  delayed,
  everyPeriod,
  inBlocks,
  splitAtRandom,
  startTcpHop,
  type TcpHop,
  untilTheEnd,
} from '../support/tcp-hop.ts';
import { everyInterval, startTestServer, type TestServer } from '../support/test-server.ts';

const WORDS = ['the', 'a', 'of', 'stream', 'token'];

/** Forty tokens after a time to think, each after a time of its own, as a language model sends them. */
function sendTokens(response: ServerResponse, text: (n: number) => string): void {
  let n = 0;
  const send = (): void => {
    if (response.destroyed) return;
    n += 1;
    response.write(text(n));
    if (n < 40) setTimeout(send, 20 + Math.random() * 80);
    else response.end();
  };
  setTimeout(send, 200 + Math.random() * 600);
}

/** A backend as people have them: ids and payloads, no stamps, no clock; 404 for every path it does not know. */
function startBackend(): Promise<TestServer> {
  return startTestServer((request, response) => {
    const rows: Record<string, { type: string; text: (n: number) => string }> = {
      '/stream': { type: 'text/event-stream', text: (n) => `id: ${n}\ndata: number ${n}\n\n` },
      '/long': { type: 'text/event-stream', text: (n) => `id: ${n}\ndata: ${`${n} `.repeat(300)}\n\n` },
      '/bursts': {
        type: 'text/event-stream',
        text: (n) =>
          n % 10 === 0 ? Array.from({ length: 5 }, (_, i) => `data: ${n} ${i}\n\n`).join('') : '',
      },
      '/octets': { type: 'application/octet-stream', text: (n) => `data: ${n}\n\n` },
      '/llm': { type: 'text/event-stream', text: () => `data: ${WORDS[Math.floor(Math.random() * 5)]}\n\n` },
      '/lines': { type: 'application/x-ndjson', text: (n) => `{"n":${n}}\n` },
      '/tokens': { type: 'text/plain', text: (n) => `token${Math.random()} ${n} ` },
    };
    const row = rows[request.url ?? ''];
    if (row === undefined) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not here');
      return;
    }
    response.writeHead(200, { 'Content-Type': row.type }).flushHeaders();
    if (request.url === '/llm') {
      sendTokens(response, row.text);
      return;
    }
    everyInterval(
      response,
      { intervalMs: 120, count: 20 },
      (n) => response.write(row.text(n)),
      () => response.end(),
    );
  });
}

describe('a stream without stamps', () => {
  let backend: TestServer;
  let holding: TcpHop;
  let blocks: TcpHop;
  let distant: TcpHop;
  let transparent: TcpHop;
  let batching: TcpHop;
  beforeAll(async () => {
    backend = await startBackend();
    holding = await startTcpHop(backend.url, untilTheEnd);
    blocks = await startTcpHop(backend.url, inBlocks(4_096));
    transparent = await startTcpHop(backend.url, splitAtRandom(2_000));
    batching = await startTcpHop(backend.url, everyPeriod(500));
    distant = await startTcpHop(backend.url, delayed(200), { upLatencyMs: 200 });
  });
  afterAll(async () => {
    await Promise.all([holding, blocks, distant, transparent, batching].map((hop) => hop.close()));
    backend.close();
  });

  const both = (path: string, hop: TcpHop): Promise<Report> =>
    runProbe([
      { name: 'direct', url: backend.url + path },
      { name: 'edge', url: hop.through(backend.url + path) },
    ]);
  const alone = (path: string, hop: TcpHop): Promise<Report> =>
    runProbe([{ name: 'edge', url: hop.through(backend.url + path) }]);

  it.concurrent('is judged against the nearer hop, and a hold is proven by it', async () => {
    const report = await both('/stream', holding);
    expect(report.hops.map((hop) => hop.verdict)).toEqual(['streaming', 'held']);
    expect(report.hops[1]).toMatchObject({
      hold: { kind: 'until-close' },
      events: { holdBasis: 'first-hop' },
    });
    expect(report.findings[0]).toMatchObject({ id: 'held-until-close', hop: 'edge', confidence: 'proven' });
  });

  it.concurrent('through a distant hop streams: latency is taken out', async () => {
    const report = await both('/stream', distant);
    expect(report.hops.map((hop) => hop.verdict)).toEqual(['streaming', 'streaming']);
    expect(report.hops[1]?.events.holdBasis).toBe('first-hop');
  });

  it.concurrent('seen alone is held when a backlog came late in one read, but only likely', async () => {
    const report = await alone('/stream', holding);
    expect(report.hops[0]).toMatchObject({ verdict: 'held', events: { holdBasis: 'pace', holdMs: null } });
    expect(report.findings[0]).toMatchObject({ id: 'held-until-close', confidence: 'likely' });
    expect(report.next).toContain('edge=');
  });

  it.concurrent('seen alone is held when it comes in blocks of a buffer size', async () => {
    const report = await alone('/long', blocks);
    expect(report.hops[0]).toMatchObject({
      verdict: 'held',
      hold: { kind: 'until-full', blockBytes: 4_096 },
    });
  });

  it.concurrent('seen alone and flowing is streaming', async () => {
    const report = await runProbe([{ name: 'direct', url: `${backend.url}/stream` }]);
    expect(report.verdict).toBe('streaming');
  });

  it.concurrent('that is sent in bursts is no held one', async () => {
    const report = await runProbe([{ name: 'direct', url: `${backend.url}/bursts` }]);
    expect(report.verdict).toBe('streaming');
  });

  it.concurrent('of a type that is no stream is none, even if it reads like one', async () => {
    const report = await runProbe([{ name: 'direct', url: `${backend.url}/octets` }]);
    expect(report.verdict).toBe('not-a-stream');
    expect(report.findings[0]).toMatchObject({ id: 'wrong-content-type', severity: 'error' });
  });

  it.concurrent('made for each request, at a pace of its own, is not compared event by event', async () => {
    const report = await both('/llm', transparent);
    expect(report.hops.map((hop) => hop.verdict)).toEqual(['streaming', 'streaming']);
    expect(report.hops[1]?.events.holdBasis).toBe('pace');
  });

  it.concurrent('made for each request, is held where it comes in batches that the nearer hop does not show', async () => {
    const report = await both('/llm', batching);
    expect(report.hops.map((hop) => hop.verdict)).toEqual(['streaming', 'held']);
    expect(report.hops[1]?.events.holdBasis).toBe('pace');
    expect(report.findings.find((one) => one.severity === 'error')?.confidence).toBe('likely');
  });

  it.concurrent('may be NDJSON', async () => {
    const report = await both('/lines', holding);
    expect(report.hops.map((hop) => [hop.verdict, hop.events.count])).toEqual([
      ['streaming', 20],
      ['held', 20],
    ]);
  });

  it.concurrent('may be streamed text that differs from request to request: judged by pace', async () => {
    const report = await both('/tokens', holding);
    expect(report.hops.map((hop) => hop.verdict)).toEqual(['streaming', 'held']);
    expect(report.hops[1]?.events.holdBasis).toBe('pace');
    expect(report.findings[0]?.confidence).not.toBe('proven');
  });
});
