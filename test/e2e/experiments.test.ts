import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import type { ExperimentProgress } from '../../src/probe/experiment/options.ts';
import { runExperiments } from '../../src/probe/experiment/run-experiments.ts';
import type { ProbeTarget } from '../../src/probe/targets.ts';
import { reportSchema } from '../../src/report/schema.ts';
import type { FindingId, Report } from '../../src/types.ts';
import { startIntermediary } from '../support/intermediary.ts';
import { startTestNginx } from '../support/nginx.ts';
import { hasTool } from '../support/tools.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
/** Most of the time nothing but waiting is done: streams of several hops and more than six at a time do not disturb. */
const QUICK = { durationMs: 2_000, parallel: 16 };

/** Controlled experiments on the real thing: what holds, what cures it, and what else a hop does. */
describe.concurrent('experiments', () => {
  const parts: { close(): Promise<void> }[] = [];
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await createOrigin({ listen: LOCAL });
  });
  afterAll(async () => {
    for (const part of parts.reverse()) await part.close();
    await origin.close();
  });

  async function keep<T extends { url: string; close(): Promise<void> }>(
    starting: Promise<T>,
  ): Promise<string> {
    const part = await starting;
    parts.push(part);
    return part.url;
  }

  async function run(targets: ProbeTarget[], options = {}): Promise<Report> {
    const report = await runExperiments(targets, { ...QUICK, ...options });
    expect(reportSchema.safeParse(report).error).toBeUndefined();
    expect(report.mode).toBe('experiment');
    return report;
  }

  const ids = (report: Report): FindingId[] => report.findings.map(({ id }) => id);

  it('show that nothing has to be changed on the direct way', async () => {
    const seen: ExperimentProgress[] = [];
    const report = await run([{ name: 'direct', url: origin.url }], {
      onProgress: (progress: ExperimentProgress) => seen.push(progress),
    });
    expect(report.verdict).toBe('streaming');
    expect(report.minimalFix).toMatchObject({ needed: false, senderSide: [], hopMustChange: false });
    expect(report.experiments.filter(({ effect }) => effect !== 'none')).toEqual([]);
    const measured = report.hops[0]?.measured;
    expect(measured?.lockstep.map(({ stalledAt }) => stalledAt)).toEqual([null, null, null, null]);
    expect(measured).toMatchObject({ lastEventId: 'passed', strippedOptOuts: [], buffer: null });
    expect(measured?.cache).toMatchObject({ readers: 3, requests: 3 });
    expect(measured?.edits?.response).toEqual({ added: [], removed: [], changed: [] });
    expect(measured?.abort?.quietMs).toBeLessThan(2_000);
    expect(report.hops[0]?.url).toBe(`${origin.url}/`);
    expect(seen.at(-1)?.done).toBe(seen.at(-1)?.of);
  });

  it.skipIf(!hasTool('nginx'))('find what an origin must send to a stock nginx, and its buffer', async () => {
    const url = await keep(startTestNginx({ upstream: origin.url }));
    const report = await run([
      { name: 'origin', url: origin.url },
      { name: 'nginx', url },
    ]);
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'held']);
    const [direct, hop] = report.hops;
    expect(direct?.measured?.minimalFix.needed).toBe(false);
    expect(hop?.hold).toMatchObject({ kind: 'until-close', blockBytes: 4_096 });
    expect(report.minimalFix).toMatchObject({
      ...{ hop: 'nginx', needed: true, senderSide: ['x-accel-buffering'], hopMustChange: false },
      hopChange: { where: 'nginx', change: 'proxy_buffering off;' },
    });
    expect(report.minimalFix?.before?.max).toBeGreaterThan(1_000);
    expect(report.minimalFix?.after?.p50).toBeLessThan(100);
    const [first] = report.findings;
    expect(first).toMatchObject({ id: 'held-until-close', hop: 'nginx', confidence: 'proven' });
    expect(first?.fixes[1]).toMatchObject({ where: 'origin', change: 'X-Accel-Buffering: no', proven: true });
    expect(ids(report)).toEqual(expect.arrayContaining(['request-body-held', 'opt-out-stripped']));
    expect(hop?.measured?.strippedOptOuts).toEqual(['x-accel-buffering']);
    expect(hop?.intermediaries[0]).toMatchObject({ id: 'nginx', confidence: 'certain' });
  });

  it.skipIf(!hasTool('nginx'))('say so when only the hop itself can be changed', async () => {
    const location = 'proxy_ignore_headers X-Accel-Buffering;';
    const url = await keep(startTestNginx({ upstream: origin.url, location }));
    const report = await run([{ name: 'nginx', url }]);
    expect(report.minimalFix).toMatchObject({
      ...{ needed: true, senderSide: [], hopMustChange: true },
      hopChange: { where: 'nginx', change: 'proxy_buffering off;' },
    });
    const [first] = report.findings;
    expect(first?.fixes.map(({ where }) => where)).not.toContain('origin');
    expect(ids(report)).not.toContain('missing-opt-out');
  });

  it.skipIf(!hasTool('haproxy'))(
    'see the cork of HAProxy in lockstep, and what it leaves alone',
    async () => {
      const url = await keep(startIntermediary('haproxy', 'buffering', { upstream: origin.url }));
      const report = await run([{ name: 'haproxy', url }]);
      const [hop] = report.hops;
      expect(hop?.verdict).toBe('held');
      expect(hop?.hold?.periodMs).toBeGreaterThan(180);
      for (const { stalledAt, lateMs } of hop?.measured?.lockstep.slice(1) ?? []) {
        expect(stalledAt).toBeNull();
        expect(lateMs).toBeGreaterThan(150);
      }
      // An answer that ends with the connection is not corked.
      expect(report.minimalFix).toMatchObject({
        ...{ needed: true, senderSide: ['framing'] },
        hopChange: { where: 'haproxy', change: 'option http-no-delay' },
      });
      expect(hop?.measured?.abort).toMatchObject({ quietMs: null });
      expect(ids(report)).toContain('abort-not-propagated');
    },
  );

  it.skipIf(!hasTool('varnish'))('see a cache hand one reader’s stream to another', async () => {
    const url = await keep(startIntermediary('varnish', 'buffering', { upstream: origin.url }));
    const report = await run([{ name: 'varnish', url }]);
    expect(report.hops[0]?.measured?.cache).toMatchObject({ readers: 3, requests: 1, shared: true });
    const found = report.findings.find(({ id }) => id === 'served-from-cache');
    expect(found).toMatchObject({ confidence: 'proven' });
  });

  it('find nothing wrong with the gateway, nor with its own check path', async () => {
    const url = await keep(
      createGateway({ upstream: origin.url, listen: LOCAL, streamPaths: ['/**'], check: false }),
    );
    const own = await keep(createGateway({ upstream: origin.url, listen: LOCAL, check: true }));
    const report = await run([
      { name: 'gateway', url },
      { name: 'check', url: `${own}/some/app/` },
    ]);
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'streaming']);
    expect(report.minimalFix).toMatchObject({ needed: false });
    expect(report.hops[0]?.measured?.abort?.quietMs).toBeLessThan(2_000);
  });

  it('say what is missing where no unclog origin answers', async () => {
    const report = await run([{ name: 'page', url: `${origin.url}/healthz/stream/x` }], {
      waitFirstMs: 1_000,
    });
    expect(report.hops[0]?.verdict).toBe('streaming');
    const closed = await run([{ name: 'closed', url: 'http://127.0.0.1:9/' }]);
    expect(closed.verdict).toBe('unreachable');
    expect(closed.warnings[0]).toMatch(/no unclog origin answers/);
    expect(closed.minimalFix).toBeNull();
  });
}, 90_000);
