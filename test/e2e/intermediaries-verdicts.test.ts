import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import type { Finding, FindingId, HoldKind, Report, ReportHop, Verdict } from '../../src/types.ts';
import {
  configPath,
  containsLines,
  type Kind,
  PRODUCT_IDS,
  type ProductId,
  probeCalmly,
  type RunningIntermediary,
  readConfig,
  replaceAll,
  startIntermediary,
} from '../support/intermediary.ts';
import { hasTool } from '../support/tools.ts';

const EXPERIMENT = '/.well-known/unclog/stream';
const SMALL = `${EXPERIMENT}?events=20&interval=100ms`;
/**
 * Longer, so that a beat of 200 ms shows in spite of a busy machine; 80 ms is no near fraction of it, so that a little
 * noise does not change which events leave together.
 */
const LONG = `${EXPERIMENT}?events=50&interval=80ms`;
/** Caddy leaves answers alone whose first write is smaller than 512 bytes. */
const LARGE = `${SMALL}&size=600&fill=repeated`;
/** Silent for 4 s in the middle. */
const QUIET = `${SMALL}&quiet-after=10&quiet=4s`;

interface Expected {
  path: string;
  verdict: Verdict;
  hold: { kind: HoldKind; periodMs?: [least: number, most: number] } | null;
  findings: FindingId[];
  /** Changes the shipped text, so that the test need not wait for a minute. */
  edit?: (text: string) => string;
}

/** What each `buffering.*` shows. */
const EXPECTED: Readonly<Record<ProductId, Expected>> = {
  haproxy: {
    path: LONG,
    verdict: 'held',
    hold: { kind: 'for-time', periodMs: [190, 230] },
    findings: ['held-for-time'],
  },
  caddy: {
    path: LARGE,
    verdict: 'held',
    hold: { kind: 'until-close' },
    findings: ['compressed-unflushed'],
  },
  apache: {
    path: LONG,
    verdict: 'held',
    hold: { kind: 'for-time', periodMs: [190, 215] },
    findings: ['held-for-time'],
  },
  lighttpd: {
    path: SMALL,
    verdict: 'held',
    hold: { kind: 'until-close' },
    findings: ['held-until-close', 'fixed-length'],
  },
  varnish: {
    path: SMALL,
    verdict: 'held',
    hold: { kind: 'until-close' },
    findings: ['compressed-unflushed'],
  },
  nghttpx: {
    path: QUIET,
    verdict: 'cut',
    hold: null,
    findings: ['cut-when-idle'],
    edit: (text) => replaceAll(text, 'backend-read-timeout=1m', 'backend-read-timeout=2s'),
  },
};

/** The probe's judgement on every configuration in `configs/`. */
describe.concurrent('the configurations of the intermediaries', () => {
  let origin: RunningOrigin;
  const hops = new Map<string, RunningIntermediary>();
  // All at once and before the first measurement: Varnish compiles its configuration.
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    const start = async (id: ProductId, kind: Kind, edit: (text: string) => string) => {
      hops.set(`${id} ${kind}`, await startIntermediary(id, kind, { upstream: origin.url, edit }));
    };
    const usable = PRODUCT_IDS.filter(hasTool);
    await Promise.all([
      ...usable.map((id) => start(id, 'buffering', EXPECTED[id].edit ?? ((text) => text))),
      ...usable.map((id) => start(id, 'passthrough', (text) => text)),
    ]);
  });
  afterAll(async () => {
    await Promise.all([...hops.values()].map((hop) => hop.close()));
    await origin.close();
  });

  function probe(id: ProductId, kind: Kind): Promise<Report> {
    const { path } = EXPECTED[id];
    return probeCalmly([
      { name: 'origin', url: origin.url + path },
      { name: id, url: `${hops.get(`${id} ${kind}`)?.url}${path}` },
    ]);
  }

  for (const id of PRODUCT_IDS) {
    const expected = EXPECTED[id];
    const { verdict, findings } = expected;

    it.skipIf(!hasTool(id))(
      `${configPath(id, 'buffering')}: ${verdict}, ${findings.join(', ')}`,
      async () => {
        const report = await probe(id, 'buffering');
        const { hop, errors } = seen(report, id);
        expect(report.hops[0]?.verdict).toBe('streaming');
        expect(hop).toMatchObject({ verdict, hold: expected.hold && { kind: expected.hold.kind } });
        expectPeriod(hop, expected.hold?.periodMs);
        expect(errors.map((one) => one.id).sort()).toEqual([...findings].sort());
        expect(hop.intermediaries).toContainEqual(
          expect.objectContaining({ id, confidence: expect.stringMatching(/^(certain|likely)$/) }),
        );
        await expectFirstFix(id, errors);
      },
    );

    it.skipIf(!hasTool(id))(`${configPath(id, 'passthrough')}: streaming`, async () => {
      const report = await probe(id, 'passthrough');
      const { hop, errors } = seen(report, id);
      expect(hop).toMatchObject({ verdict: 'streaming', hold: null });
      expect(errors).toEqual([]);
    });
  }
});

function seen(report: Report, name: string): { hop: ReportHop; errors: Finding[] } {
  const hop = report.hops.find((one) => one.name === name);
  if (hop === undefined) throw new Error(`no hop ${name} in the report`);
  const errors = report.findings.filter((one) => one.hop === name && one.severity === 'error');
  return { hop, errors };
}

function expectPeriod(hop: ReportHop, wantedMs: [number, number] | undefined): void {
  if (wantedMs === undefined) return;
  expect(hop.hold?.periodMs).toBeGreaterThanOrEqual(wantedMs[0]);
  expect(hop.hold?.periodMs).toBeLessThanOrEqual(wantedMs[1]);
}

/** Whoever pastes the first thing the report offers gets what `passthrough.*` has. */
async function expectFirstFix(id: ProductId, errors: Finding[]): Promise<void> {
  const fix = errors.flatMap(({ fixes }) => fixes)[0];
  expect(fix).toMatchObject({ where: id, config: configPath(id, 'passthrough'), proven: true });
  expect(containsLines(await readConfig(id, 'passthrough'), fix?.change ?? '')).toBe(true);
  expect(containsLines(await readConfig(id, 'buffering'), fix?.change ?? '')).toBe(false);
}
