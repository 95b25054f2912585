import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import { type HttpHop, type SendOn, startHttpHop } from '../support/http-hop.ts';

const STREAM = '/.well-known/unclog/stream?events=8&interval=50ms';
const AGE_MS = 60_000;

/** Every reader gets one and the same answer, a minute old. */
function recordingOf(text: string): SendOn {
  const older = (epochMs: string): string => String(Number(epochMs) - AGE_MS);
  const recording = text.replaceAll(/(?<="sentAt":)\d+/g, older);
  return (answer, head, response) => {
    const fields = head.map(([name, value]) =>
      name.toLowerCase() === 'unclog-sent-at' ? [name, older(value)] : [name, value],
    );
    response.writeHead(200, fields.flat());
    response.end(recording);
    answer.destroy();
  };
}

describe('a recording that a cache sends at once', () => {
  let origin: RunningOrigin;
  let cache: HttpHop;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    const text = await (await fetch(origin.url + STREAM)).text();
    cache = await startHttpHop(origin.url, recordingOf(text));
  });
  afterAll(async () => {
    await cache.close();
    await origin.close();
  });

  it('is not taken for a hold of its head, which is as old as its events', async () => {
    const report = await runProbe([
      { name: 'origin', url: origin.url + STREAM },
      { name: 'cache', url: cache.url + STREAM },
    ]);
    const errors = report.findings.filter(({ hop, severity }) => hop === 'cache' && severity === 'error');
    expect(errors.map(({ id, confidence }) => [id, confidence])).toEqual([['served-from-cache', 'proven']]);
    expect(report.hops[1]).toMatchObject({ verdict: 'streaming', hold: null });
  });
});
