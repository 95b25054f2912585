import { beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { HoldKind, Report, ReportHop } from '../../src/types.ts';
import {
  type Downstream,
  eventsDelayed,
  everyPeriod,
  headWithFirstEvent,
  heldInitially,
  inBlocks,
  oneBehind,
  startTcpHop,
  untilTheEnd,
} from '../support/tcp-hop.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };

interface StreamShape {
  intervalMs?: number;
  eventBytes?: number;
  events?: number;
}

/** Probes one stream through a hop that holds. */
async function probeThrough(
  hold: Downstream,
  { intervalMs = 100, eventBytes = 60, events = 16 }: StreamShape = {},
): Promise<{ report: Report; hop: ReportHop }> {
  const origin = await createOrigin({ listen: ANY_PORT, intervalMs, eventBytes, events });
  const hop = await startTcpHop(origin.url, hold);
  const url = new URL('stream', `${origin.url}/`).href;
  try {
    const report = await runProbe([{ name: 'hop', url: hop.through(url) }]);
    const only = report.hops[0];
    if (only === undefined) throw new Error('no hop in the report');
    return { report, hop: only };
  } finally {
    await hop.close();
    await origin.close();
  }
}

describe('a hop that holds is found from one URL with stamps, and the kind of hold is named', () => {
  const cases: [kind: HoldKind, finding: string, hold: Downstream, options?: StreamShape][] = [
    ['until-close', 'held-until-close', untilTheEnd],
    ['until-full', 'held-until-full', inBlocks(4_096), { eventBytes: 900 }],
    ['for-time', 'held-for-time', everyPeriod(500), { intervalMs: 70, events: 40 }],
    ['constant', 'held-constant', eventsDelayed(700), { intervalMs: 170 }],
    ['one-behind', 'held-one-behind', oneBehind, { intervalMs: 400 }],
    ['initial', 'held-initially', heldInitially(900)],
    ['head-only', 'head-held', headWithFirstEvent, { intervalMs: 450 }],
  ];
  it.concurrent.each(cases)('%s', async (kind, finding, hold, options) => {
    const { report, hop } = await probeThrough(hold, options);
    expect(hop.hold?.kind).toBe(kind);
    expect(hop.verdict).toBe('held');
    expect(hop.events.holdBasis).toBe('stamps');
    expect(report.findings.filter((one) => one.severity === 'error').map((one) => one.id)).toEqual([finding]);
  });
});

describe('what was measured about a hold is in the report', () => {
  let blocks: ReportHop;
  let beats: ReportHop;
  beforeAll(async () => {
    blocks = (await probeThrough(inBlocks(8_192), { eventBytes: 1_500 })).hop;
    beats = (await probeThrough(everyPeriod(400), { intervalMs: 50, events: 40 })).hop;
  });

  it('the size of the blocks', () => expect(blocks.hold?.blockBytes).toBe(8_192));
  it('the period of the releases', () => {
    expect(beats.hold?.periodMs).toBeGreaterThan(320);
    expect(beats.hold?.periodMs).toBeLessThan(480);
  });
});

it('an endless held stream beside a nearer hop that delivers is held, not "could not measure"', async () => {
  const origin: RunningOrigin = await createOrigin({ listen: ANY_PORT, intervalMs: 100 });
  const hop = await startTcpHop(origin.url, untilTheEnd);
  const url = new URL('stream', `${origin.url}/`).href;
  const report = await runProbe(
    [
      { name: 'direct', url },
      { name: 'edge', url: hop.through(url) },
    ],
    { waitFirstMs: 1_500, durationMs: 1_500 },
  );
  await hop.close();
  await origin.close();
  const [direct, edge] = report.hops;
  expect(direct?.verdict).toBe('streaming');
  expect(edge).toMatchObject({
    verdict: 'held',
    hold: { kind: 'until-close' },
    events: { count: 0, holdMs: null },
  });
  expect(edge?.hold?.atLeastMs).toBeGreaterThan(500);
  expect(edge?.hold?.atLeastBytes).toBeGreaterThan(0);
  expect(report.findings.find((finding) => finding.id === 'held-until-close')).toMatchObject({
    hop: 'edge',
    confidence: 'likely',
  });
});
