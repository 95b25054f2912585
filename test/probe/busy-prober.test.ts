import { expect, it } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import { spawnOrigin } from '../support/spawn-origin.ts';

function sleepBusily(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('lateness of the prober itself is not blamed on a hop', async () => {
  const origin = await spawnOrigin(['--interval', '60ms']);
  const busy = setInterval(() => sleepBusily(400), 450);
  try {
    const report = await runProbe([{ name: 'direct', url: origin.url }], { durationMs: 2_500 });
    expect(['inconclusive', 'streaming']).toContain(report.verdict);
    expect(report.findings.map((one) => one.id)).toContain('overloaded-prober');
    expect(report.findings.filter((one) => one.severity === 'error')).toEqual([]);
  } finally {
    clearInterval(busy);
    await origin.stop();
  }
});

it('a quiet prober reports no such thing', async () => {
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 100 });
  const report = await runProbe([{ name: 'direct', url: new URL('stream', `${origin.url}/`).href }], {
    durationMs: 1_000,
  });
  await origin.close();
  expect(report.findings.filter((one) => one.severity === 'error')).toEqual([]);
  expect(report.verdict).toBe('streaming');
});
