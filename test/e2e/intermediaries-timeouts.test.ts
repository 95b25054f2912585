import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import type { FindingId, Report } from '../../src/types.ts';
import {
  configPath,
  containsLines,
  type ProductId,
  probeCalmly,
  readConfig,
  replaceAll,
  startIntermediary,
} from '../support/intermediary.ts';
import { hasTool } from '../support/tools.ts';

const STREAM = '/.well-known/unclog/stream?events=12&interval=100ms';
/** Silent for 4 s in the middle. */
const QUIET = `${STREAM}&quiet-after=6&quiet=4s`;
/** No response head for 4 s. */
const LATE_HEAD = `${STREAM}&head-delay=4s`;

/** The shipped line, lowered to 2 s: were it not the line that decides, nothing would be cut. */
const LOWERED: Readonly<Partial<Record<ProductId, (text: string) => string>>> = {
  haproxy: (text) => replaceAll(text, 'timeout server 1h', 'timeout server 2s'),
  apache: (text) => replaceAll(text, 'ProxyTimeout 3600', 'ProxyTimeout 2'),
  varnish: (text) => replaceAll(text, '_timeout = 1h;', '_timeout = 2s;'),
  nghttpx: (text) => replaceAll(text, 'backend-read-timeout=1h', 'backend-read-timeout=2s'),
};

describe.concurrent('how long a stream may be quiet', () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  afterAll(() => origin.close());

  /** A report on the stream that falls silent, and one on the stream whose head is late. */
  async function probeBoth(id: ProductId, edit: (text: string) => string): Promise<[Report, Report]> {
    const hop = await startIntermediary(id, 'passthrough', { upstream: origin.url, edit });
    const probe = (path: string) =>
      probeCalmly([
        { name: 'origin', url: origin.url + path },
        { name: id, url: hop.url + path },
      ]);
    try {
      return await Promise.all([probe(QUIET), probe(LATE_HEAD)]);
    } finally {
      await hop.close();
    }
  }

  async function expectCut(report: Report, id: ProductId, finding: FindingId): Promise<void> {
    expect(report.hops.map(({ verdict }) => verdict)).toEqual(['streaming', 'cut']);
    const found = report.findings.find((one) => one.id === finding && one.hop === id);
    expect(found?.severity).toBe('error');
    expect(report.findings.filter((one) => one.severity === 'error').map((one) => one.id)).toEqual([finding]);
    const fixes = found?.fixes ?? [];
    expect(fixes[0]).toMatchObject({ where: id, config: configPath(id, 'passthrough'), proven: true });
    expect(containsLines(await readConfig(id, 'passthrough'), fixes[0]?.change ?? '')).toBe(true);
  }

  /** Varnish says 503, as it does for a backend that is down: not told apart. */
  function expectRefused(report: Report): void {
    const hop = report.hops[1];
    expect(hop).toMatchObject({ verdict: 'not-a-stream', response: { status: 503 } });
    expect(hop?.timings.responseHeadMs).toBeGreaterThan(1_500);
  }

  function expectStreaming(report: Report): void {
    expect(report.verdict).toBe('streaming');
    expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  }

  for (const [id, lower] of Object.entries(LOWERED) as [ProductId, (text: string) => string][]) {
    it.skipIf(!hasTool(id))(
      `the line in ${configPath(id, 'passthrough')} decides, and its value is ample`,
      async () => {
        const [[quiet, lateHead], shipped] = await Promise.all([
          probeBoth(id, lower),
          probeBoth(id, (text) => text),
        ]);
        await expectCut(quiet, id, 'cut-when-idle');
        expect(quiet.hops[1]?.end?.quietMs).toBeGreaterThan(1_500);
        if (id === 'varnish') expectRefused(lateHead);
        else await expectCut(lateHead, id, 'timed-out-before-head');
        for (const report of shipped) expectStreaming(report);
      },
    );
  }

  it.skipIf(!hasTool('haproxy'))('HAProxy does not count silence against "timeout client"', async () => {
    const reports = await probeBoth('haproxy', (text) =>
      replaceAll(text, 'timeout client 50s', 'timeout client 2s'),
    );
    for (const report of reports) expectStreaming(report);
  });
});
