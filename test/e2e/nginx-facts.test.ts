import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { type ProbeOptions, runProbe } from '../../src/probe/run-probe.ts';
import type { Finding, FindingId, Report, ReportHop } from '../../src/types.ts';
import { startTestNginx, type TestNginx, type TestNginxOptions } from '../support/nginx.ts';
import { hasTool } from '../support/tools.ts';

const EXPERIMENT = '/.well-known/unclog/stream';
/** The control: 20 small events, one every 100 ms, chunked, without opt-outs. */
const SMALL = `${EXPERIMENT}?events=20&interval=100ms`;
const SMALL_SPAN_MS = 1_900;

/** What `proxy_pass` alone means before nginx 1.29.7; written out, so that newer ones can run these tests. */
const STOCK = 'proxy_http_version 1.0;';
/** What it means since then. */
const NEWER = 'proxy_http_version 1.1; proxy_set_header Connection "";';
const GZIP = 'gzip on; gzip_types text/event-stream; gzip_min_length 0;';

/** The probe's judgement on what nginx does; what holds on the wire itself is in nginx-lockstep.test.ts. */
describe.skipIf(!hasTool('nginx'))('the probe on a real nginx', () => {
  let origin: RunningOrigin;
  const started: TestNginx[] = [];
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 200 });
  });
  afterAll(async () => {
    await Promise.all(started.map((nginx) => nginx.close()));
    await origin.close();
  });

  async function nginx(options: Partial<TestNginxOptions> = {}): Promise<TestNginx> {
    const one = await startTestNginx({ upstream: origin.url, location: STOCK, ...options });
    started.push(one);
    return one;
  }

  /** Probes `path` through nginx alone. */
  async function through(one: TestNginx, path: string, options: ProbeOptions = {}): Promise<Seen> {
    const ca = one.certificate === null ? {} : { ca: one.certificate.pem };
    return seen(await runProbe([{ name: 'nginx', url: one.url + path }], { ...ca, ...options }));
  }

  it('finds that a stock proxy_pass keeps small events to the close, and names it', async () => {
    const { hop, finding } = await through(await nginx(), SMALL);
    expect(hop).toMatchObject({ verdict: 'held', hold: { kind: 'until-close' } });
    expect(hop.timings.responseHeadMs).toBeGreaterThan(SMALL_SPAN_MS);
    expect(hop.events.holdMs?.max).toBeGreaterThan(SMALL_SPAN_MS * 0.9);
    expect(finding('held-until-close')).toMatchObject({ severity: 'error', confidence: 'proven' });
    expect(finding('held-until-close')?.fixes).toContainEqual(
      expect.objectContaining({ where: 'nginx', change: 'proxy_buffering off;', proven: true }),
    );
    expect(hop.intermediaries).toContainEqual(
      expect.objectContaining({ id: 'nginx', version: expect.stringMatching(/^1\./), confidence: 'certain' }),
    );
  });

  it('finds that everything flows with X-Accel-Buffering: no from the origin', async () => {
    const { hop, finding } = await through(await nginx(), `${SMALL}&opt-out=x-accel-buffering`);
    expect(hop.verdict).toBe('streaming');
    expect(finding('held-until-close')).toBeUndefined();
  });

  it('finds that everything flows with proxy_buffering off', async () => {
    const { hop } = await through(await nginx({ location: 'proxy_buffering off;' }), SMALL);
    expect(hop).toMatchObject({ verdict: 'streaming', hold: null });
  });

  it('finds that only the head waits with HTTP/1.1 upstream and buffering on', async () => {
    const one = await nginx({ location: NEWER });
    const { hop, finding } = await through(one, `${SMALL}&first-delay=1s`);
    expect(hop).toMatchObject({ verdict: 'held', hold: { kind: 'head-only' } });
    expect(hop.timings.responseHeadMs).toBeGreaterThan(900);
    expect(hop.events.holdMs?.p50).toBeLessThan(100);
    expect(finding('head-held')).toBeDefined();
  });

  it('finds that an answer ended by closing is held even with HTTP/1.1 upstream', async () => {
    const one = await nginx({ location: NEWER });
    const { hop } = await through(one, `${SMALL}&framing=close`);
    expect(hop).toMatchObject({ verdict: 'held', hold: { kind: 'until-close' } });
  });

  it('finds that 2000-byte events come in blocks of 4096 bytes', async () => {
    const { hop, finding } = await through(await nginx(), `${SMALL}&size=2000`);
    expect(hop).toMatchObject({ verdict: 'held', hold: { kind: 'until-full', blockBytes: 4_096 } });
    expect(finding('held-until-full')).toMatchObject({ severity: 'error', confidence: 'proven' });
  });

  it('finds blocks of 16 KiB over HTTPS to an HTTP/1.1 client, even of a chunked upstream', async () => {
    const one = await nginx({
      tls: true,
      location: NEWER,
    });
    const { hop, finding } = await through(one, `${EXPERIMENT}?events=60&interval=50ms&size=2000`);
    expect(hop).toMatchObject({ verdict: 'held', hold: { kind: 'until-full', blockBytes: 16_384 } });
    expect(finding('held-until-full')).toBeDefined();
  });

  it('finds that the outer of two nginx holds, since the inner one ate the opt-out', async () => {
    const inner = await nginx();
    const outer = await nginx({ upstream: inner.url });
    const path = `${SMALL}&opt-out=x-accel-buffering`;
    const { report } = seen(
      await runProbe([
        { name: 'origin', url: origin.url + path },
        { name: 'inner', url: inner.url + path },
        { name: 'outer', url: outer.url + path },
      ]),
    );
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'streaming', 'held']);
    expect(report.hops[2]?.hold?.kind).toBe('until-close');
    const stripped = report.findings.find(({ id }) => id === 'opt-out-stripped');
    expect(stripped?.fixes).toContainEqual(
      expect.objectContaining({ change: 'proxy_pass_header X-Accel-Buffering;' }),
    );
  });

  it('finds that the outer of two nginx streams once the inner one passes the opt-out on', async () => {
    const inner = await nginx({ location: `${STOCK} proxy_pass_header X-Accel-Buffering;` });
    const outer = await nginx({ upstream: inner.url });
    const { hop } = await through(outer, `${SMALL}&opt-out=x-accel-buffering`);
    expect(hop.verdict).toBe('streaming');
  });

  it('finds that a quiet stream is cut after proxy_read_timeout', async () => {
    const one = await nginx({ location: 'proxy_buffering off; proxy_read_timeout 2s;' });
    const path = `${EXPERIMENT}?events=20&interval=100ms&quiet-after=10&quiet=8s`;
    const { hop, finding } = await through(one, path);
    expect(hop).toMatchObject({ verdict: 'cut', end: { reason: 'truncated' } });
    // nginx renews a timer only when that moves it by 300 ms or more, so the cut may come that much early.
    expect(hop.end?.quietMs).toBeGreaterThan(1_600);
    expect(finding('cut-when-idle')?.fixes).toContainEqual(
      expect.objectContaining({ change: 'proxy_read_timeout 1h;' }),
    );
  });

  it('finds that gzip beside buffering keeps everything, compressed, to the close', async () => {
    const one = await nginx({ http: GZIP, location: NEWER });
    const { hop, finding } = await through(one, SMALL);
    expect(hop.verdict).toBe('held');
    expect(finding('compressed-unflushed')).toMatchObject({ severity: 'error' });
  });

  it('finds that gzip flushes per event once buffering is off', async () => {
    const { hop } = await through(await nginx({ http: GZIP, location: 'proxy_buffering off;' }), SMALL);
    expect(hop.response?.headers).toContainEqual(['Content-Encoding', 'gzip']);
    expect(hop.verdict).toBe('streaming');
  });

  it('finds that the gateway behind a stock nginx makes the stream flow', async () => {
    const gateway = await createGateway({ upstream: origin.url, listen: { host: '127.0.0.1', port: 0 } });
    const path = '/stream';
    const report = await runProbe(
      [
        { name: 'origin', url: origin.url + path },
        { name: 'nginx', url: (await nginx()).url + path },
        { name: 'nginx-gateway', url: (await nginx({ upstream: gateway.url })).url + path },
      ],
      { waitFirstMs: 4_000, durationMs: 3_000 },
    );
    await gateway.close();
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'held', 'streaming']);
    expect(report.hops[2]?.events.holdMs?.p95).toBeLessThan(180);
  });

  it('judges an endless stream that showed nothing as held, beside a nearer hop that delivers', async () => {
    const one = await nginx();
    const report = await runProbe(
      [
        { name: 'origin', url: `${origin.url}/stream` },
        { name: 'nginx', url: `${one.url}/stream` },
      ],
      { waitFirstMs: 3_000, durationMs: 3_000 },
    );
    const [near, far] = report.hops;
    expect(near?.verdict).toBe('streaming');
    expect(far).toMatchObject({ verdict: 'held', response: null, hold: { kind: 'until-close' } });
    expect(far?.events.holdMs).toBeNull();
    expect(far?.hold?.atLeastMs).toBeGreaterThan(1_500);
    expect(far?.hold?.atLeastBytes).toBeGreaterThan(0);
    const finding = report.findings.find(({ id }) => id === 'held-until-close');
    expect(finding).toMatchObject({ hop: 'nginx', confidence: 'likely' });
  });

  it('cannot judge an endless stream that showed nothing on its own', async () => {
    const { hop, report } = await through(await nginx(), '/stream', { waitFirstMs: 1_500 });
    expect(hop.verdict).toBe('inconclusive');
    const ids = report.findings.filter(({ confidence }) => confidence === 'possible').map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['held-until-close', 'slow-backend']));
  });
});

interface Seen {
  report: Report;
  hop: ReportHop;
  finding(id: FindingId): Finding | undefined;
}

function seen(report: Report): Seen {
  const hop = report.hops.at(-1);
  if (hop === undefined) throw new Error('a report without a hop');
  return {
    report,
    hop,
    finding: (id) => report.findings.find((one) => one.id === id && one.hop === hop.name),
  };
}
