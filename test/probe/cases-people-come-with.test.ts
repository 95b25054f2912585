import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnose } from '../../src/probe/diagnose.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { Observation } from '../../src/types.ts';
import { EPOCH_MS, type HopPlan, hopFacts } from '../support/facts-builder.ts';
import { startTcpHop, type TcpHop } from '../support/tcp-hop.ts';
import { everyInterval, startTestServer, type TestServer } from '../support/test-server.ts';

const observed = (plan: HopPlan): Observation => hopFacts(plan).observation;

const token = (n: number): string => `data: {"choices":[{"delta":{"content":"${n}"}}]}\n\n`;

describe('a model that thinks before its first token', () => {
  /** Sixty seconds of silence after the head, then a token every 40 ms. */
  const thinking = (name: string): Observation =>
    observed({
      name,
      marks: { headMs: 40, firstByteMs: 40 },
      events: { count: 80, firstMs: 60_000, everyMs: 40, text: token, stamp: null },
      observation: { end: { reason: 'stopped-by-probe', atMs: 64_000, detail: null } },
    });

  it('is slow, and nothing is held', () => {
    const report = diagnose([thinking('llm')]);
    expect(report.verdict).toBe('streaming');
    expect(report.hops[0]?.protocol).toEqual({
      name: 'chat-completions',
      firstTokenMs: 60_000,
      endMarker: false,
    });
    expect(report.findings.map(({ id, severity }) => [id, severity])).toContainEqual([
      'slow-first-event',
      'info',
    ]);
    expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('that a gateway does not wait for ends in 524 after 100 s, which is matched to a known limit', () => {
    const report = diagnose([
      observed({
        name: 'cdn',
        response: { status: 524, reason: '', framing: 'content-length' },
        headers: [
          ['Server', 'cloudflare'],
          ['CF-RAY', '1-FRA'],
          ['Content-Type', 'text/html'],
          ['Content-Length', '3'],
        ],
        marks: { headMs: 100_300, firstByteMs: 100_300 },
        events: { count: 0 },
        observation: { end: { reason: 'complete', atMs: 100_310, detail: null } },
      }),
    ]);
    expect(report.verdict).toBe('cut');
    const [finding] = report.findings;
    expect(finding).toMatchObject({ id: 'timed-out-before-head', severity: 'error' });
    expect(finding?.explanation).toMatch(/After 100\.3 s .*524.*\b1[02]0 s is the default of Cloudflare/);
  });
});

describe('answers that differ from call to call', () => {
  /** `count` tokens over the same time, in groups of `together` that come at once. */
  const pace = (name: string, together: number, everyMs = 5.5): Observation =>
    observed({
      name,
      events: {
        count: 60,
        everyMs,
        stamp: null,
        text: (n) => `data: {"choices":[{"delta":{"content":"${name} ${(n * 7919) % 101}"}}]}\n\n`,
        arrives: (n, sentMs) => sentMs + (together - 1 - (n % together)) * (everyMs - 1.6),
      },
      observation: { startedAtEpochMs: EPOCH_MS },
    });

  it('are compared by pace: a median gap that shrinks is clumping, not an improvement', () => {
    const report = diagnose([pace('near', 1), pace('far', 3)]);
    expect(report.hops[1]?.events.holdBasis).toBe('pace');
    expect(report.warnings.join('\n')).toMatch(
      /far: events come in clumps: the median gap shrinks from 5\.50 ms at "near" to 1\.60 ms/,
    );
  });

  it('of the same pace, or of a faster model, are not called clumped', () => {
    for (const far of [pace('far', 1), pace('far', 1, 2)])
      expect(diagnose([pace('near', 1), far]).warnings.join('\n')).not.toContain('clumps');
  });
});

describe('one event a minute', () => {
  it('is told how long to watch, by the pause that was seen', () => {
    const slow = (count: number): Observation =>
      observed({
        events: { count, everyMs: 60_000, stamp: null },
        observation: { end: { reason: 'stopped-by-probe', atMs: 150_000, detail: null } },
      });
    expect(diagnose([slow(3)]).warnings).toContainEqual(
      expect.stringMatching(
        /^edge: only 3 events seen in .*; watch longer with --duration 10m: .*60 s apart$/,
      ),
    );
    expect(diagnose([slow(1)]).warnings).toContainEqual(
      expect.stringMatching(/only 1 event seen.*--trigger/),
    );
  });
});

describe('kubectl port-forward as the hop nearest to the origin', () => {
  let app: TestServer;
  let tunnel: TcpHop;
  let edge: TcpHop;
  beforeAll(async () => {
    app = await startTestServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      everyInterval(
        response,
        { intervalMs: 100, count: 30 },
        (n) => response.write(`id: ${n}\ndata: ${n}\n\n`),
        () => response.end(),
      );
    });
    const through = () => startTcpHop(app.url, (send) => ({ data: send, end: () => {} }));
    tunnel = await through();
    edge = await through();
  });
  afterAll(async () => {
    await tunnel.close();
    await edge.close();
    app.close();
  });

  const hops = () => [
    { name: 'pod', url: tunnel.through(`${app.url}/stream`) },
    { name: 'edge', url: edge.through(`${app.url}/stream`) },
  ];

  it('that breaks off while the way of the users goes on is a warning', async () => {
    setTimeout(() => tunnel.cutAll(), 800);
    const report = await runProbe(hops());
    expect(report.hops.map(({ verdict, end }) => [verdict, end?.reason])).toEqual([
      ['streaming', expect.stringMatching(/truncated|reset/)],
      ['streaming', 'complete'],
    ]);
    const cut = report.findings.find(({ id }) => id === 'truncated' || id === 'cut-when-idle');
    expect(cut).toMatchObject({ severity: 'warning', hop: 'pod' });
    expect(cut?.explanation).toMatch(/"edge".*went on.*kubectl port-forward/);
  });

  it('is no excuse when the farther hop is cut', async () => {
    setTimeout(() => edge.cutAll(), 800);
    const report = await runProbe(hops());
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'cut']);
  });
});
