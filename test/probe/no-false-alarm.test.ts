import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import { type Downstream, delayed, slowLink, splitAtRandom, startTcpHop } from '../support/tcp-hop.ts';

const WATCH = { durationMs: 2_500, waitFirstMs: 8_000 };

describe('what distance, splitting and slow links do to a stream is no hold', () => {
  let small: RunningOrigin;
  let large: RunningOrigin;
  beforeAll(async () => {
    const listen = { host: '127.0.0.1', port: 0 };
    small = await createOrigin({ listen, intervalMs: 150 });
    large = await createOrigin({ listen, intervalMs: 400, eventBytes: 2_000 });
  });
  afterAll(async () => {
    await small.close();
    await large.close();
  });

  const hops: [name: string, down: Downstream, upLatencyMs: number, size: 'small' | 'large'][] = [
    ['150 ms of added latency', delayed(75), 75, 'small'],
    ['600 ms of added latency', delayed(300), 300, 'small'],
    ['pieces of random sizes', splitAtRandom(40), 0, 'small'],
    ['large events in pieces of random sizes', splitAtRandom(700), 0, 'large'],
    ['one byte at a time', splitAtRandom(1), 0, 'small'],
    ['a slow link', slowLink(1_000), 0, 'small'],
    ['a slow link that takes 300 ms for each event', slowLink(7_000), 0, 'large'],
  ];
  it.concurrent.each(hops)('%s', async (_name, down, upLatencyMs, size) => {
    const origin = size === 'small' ? small : large;
    const hop = await startTcpHop(origin.url, down, { upLatencyMs });
    const direct = new URL('stream', `${origin.url}/`).href;
    const alone = await runProbe([{ name: 'hop', url: hop.through(direct) }], WATCH);
    const compared = await runProbe(
      [
        { name: 'direct', url: direct },
        { name: 'hop', url: hop.through(direct) },
      ],
      WATCH,
    );
    await hop.close();
    expect(alone.hops.map((one) => one.verdict)).toEqual(['streaming']);
    expect(compared.hops.map((one) => one.verdict)).toEqual(['streaming', 'streaming']);
    expect(compared.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  });
});
