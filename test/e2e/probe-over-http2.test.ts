import { describe, expect, it } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { diagnose } from '../../src/probe/diagnose.ts';
import { observeHops } from '../../src/probe/run-probe.ts';
import { startTestNginx } from '../support/nginx.ts';
import { hasTool } from '../support/tools.ts';

describe.skipIf(!hasTool('nginx') || !hasTool('openssl'))('through a real nginx over TLS and HTTP/2', () => {
  it.each([
    ['that passes on, a stream flows', 'proxy_buffering off;', 'streaming'],
    ['that buffers, it is held until the end', '', 'held'],
  ] as const)('%s', async (_what, location, verdict) => {
    const origin = await createOrigin({
      listen: { host: '127.0.0.1', port: 0 },
      intervalMs: 100,
      events: 15,
      optOuts: false,
    });
    const nginx = await startTestNginx({ upstream: origin.url, location, tls: 'h2' });
    try {
      const [observation] = await observeHops([{ name: 'edge', url: `${nginx.url}/stream` }], {
        ca: nginx.certificate?.pem ?? null,
        proxy: 'none',
      });
      if (observation === undefined) throw new Error('nothing was observed');
      const report = diagnose([observation]);
      expect(report.hops[0]).toMatchObject({
        verdict,
        response: { httpVersion: '2' },
        tls: { alpn: 'h2' },
        events: { count: 15, holdBasis: 'stamps' },
        wire: { framing: 'h2', faults: [] },
        end: { reason: 'complete' },
      });
      expect(observation.pathExchanges.length).toBe(5);
      expect(observation.wire?.frames.reduce((sum, frame) => sum + frame.bytes, 0)).toBe(
        report.hops[0]?.events.bytes,
      );
      expect(report.hops[0]?.events.clock?.errorMs).toBeLessThan(100);
    } finally {
      await nginx.close();
      await origin.close();
    }
  });
});
