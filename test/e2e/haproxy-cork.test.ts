import { describe, expect, it } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { probeCalmly, startIntermediary } from '../support/intermediary.ts';
import { hasTool } from '../support/tools.ts';

/** Slower than the cork's timer: each event then waits for it alone, and every gap is the sender's. */
const SLOW = '/.well-known/unclog/stream?events=12&interval=450ms';

describe.skipIf(!hasTool('haproxy'))('HAProxy', () => {
  it.each([
    ['without http-no-delay is found late by a constant, though all gaps are perfect', 'buffering', 'held'],
    ['with http-no-delay is on time', 'passthrough', 'streaming'],
  ] as const)('%s', async (_what, kind, verdict) => {
    const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    const haproxy = await startIntermediary('haproxy', kind, { upstream: origin.url });
    try {
      const report = await probeCalmly([{ name: 'edge', url: `${haproxy.url}${SLOW}` }], { maxHoldMs: 120 });
      const [hop] = report.hops;
      expect(hop?.verdict).toBe(verdict);
      expect(Math.abs((hop?.events.gapMs?.p50 ?? 0) - 450)).toBeLessThan(40);
      if (verdict === 'streaming') return;
      expect(hop?.hold?.kind).toBe('constant');
      expect(hop?.hold?.periodMs).toBeGreaterThan(180);
      expect(hop?.hold?.periodMs).toBeLessThan(240);
    } finally {
      await haproxy.close();
      await origin.close();
    }
  });
});
