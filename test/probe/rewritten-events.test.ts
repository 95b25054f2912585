import { expect, it } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import { type Downstream, startTcpHop } from '../support/tcp-hop.ts';

/** Replaces a word by one of the same length, as body filters do. */
const replaceWord: Downstream = (send) => ({
  data: (bytes) => send(Buffer.from(bytes.toString('latin1').replaceAll('"sentAt"', '"sentat"'), 'latin1')),
  end: () => {},
});

it('a hop that rewrites events alters the stream, and is named', async () => {
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 100, events: 8 });
  const hop = await startTcpHop(origin.url, replaceWord);
  const url = new URL('stream', `${origin.url}/`).href;
  const report = await runProbe([
    { name: 'direct', url },
    { name: 'edge', url: hop.through(url) },
  ]);
  await hop.close();
  await origin.close();
  expect(report.hops.map((one) => one.verdict)).toEqual(['streaming', 'altered']);
  expect(report.findings[0]).toMatchObject({
    id: 'events-rewritten',
    hop: 'edge',
    severity: 'error',
    confidence: 'proven',
  });
});
