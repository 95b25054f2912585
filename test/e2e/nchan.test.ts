import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { Report } from '../../src/types.ts';
import { launch, type RunningIntermediary } from '../support/drivers/launch.ts';
import { containsLines, replaceAll } from '../support/intermediary.ts';
import { openStream } from '../support/stream-client.ts';
import { readText } from '../support/suite/pairs.ts';
import { hasTool } from '../support/tools.ts';

const BUFFERING = 'configs/nchan/buffering.conf';
const PASSTHROUGH = 'configs/nchan/passthrough.conf';
const EVENTS = 20;
/** A probe takes 9 s when nobody else is at work. */
const TIMEOUT_MS = 60_000;

/** The limit in front lowered, so that a test need not wait for a minute, and the ping kept well below it. */
const lowered = (text: string) =>
  replaceAll(text, 'proxy_read_timeout 60s;', 'proxy_read_timeout 3s;').replace(
    'ping_interval 15;',
    'ping_interval 1;',
  );

describe.skipIf(!hasTool('nchan')).concurrent('nchan', () => {
  let origin: RunningOrigin;
  const hops = new Map<string, RunningIntermediary>();
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    for (const path of [BUFFERING, PASSTHROUGH])
      hops.set(path, await launch('nchan', lowered(await readText(path)), origin.url));
  });
  afterAll(async () => {
    for (const hop of hops.values()) await hop.close();
    await origin.close();
  });

  /** A channel of its own behind one of the configurations. */
  function channelOf(path: string): { url: string; publish(seq: number): Promise<void> } {
    const channel = randomUUID();
    const base = hops.get(path)?.url ?? '';
    return {
      url: `${base}/subscribe?channel=${channel}`,
      async publish(seq) {
        const body = JSON.stringify({ seq, sentAt: Date.now() });
        const answer = await fetch(`${base}/publish?channel=${channel}`, { method: 'POST', body });
        await answer.text();
        // 202 before the first subscriber is there.
        expect([201, 202]).toContain(answer.status);
      },
    };
  }

  /** Probes, once, a channel to which events are published, with a silence of 6 s in the middle. */
  async function probeQuiet(path: string): Promise<Report> {
    const { url, publish } = channelOf(path);
    const report = runProbe([{ name: 'nchan', url }], { durationMs: 9_000, events: EVENTS });
    await delay(500);
    for (let seq = 1; seq <= EVENTS; seq++) {
      if (seq === EVENTS / 2) await delay(6_000);
      await publish(seq);
      await delay(50);
    }
    return report;
  }

  for (const path of [BUFFERING, PASSTHROUGH]) {
    it(`gives out every event before the next one is published: ${path}`, async () => {
      const { url, publish } = channelOf(path);
      const client = openStream(url, { headers: { Accept: 'text/event-stream', 'Accept-Encoding': 'gzip' } });
      await client.head();
      for (let seq = 1; seq <= EVENTS; seq++) {
        await publish(seq);
        const arrivals = await client.arrivals(seq);
        expect(JSON.parse(arrivals.at(-1)?.data ?? '{}')).toMatchObject({ seq });
      }
      client.leave('close');
    });
  }

  it(
    `is cut by what stands in front when its channel is quiet: ${BUFFERING}`,
    async () => {
      const report = await probeQuiet(BUFFERING);
      expect(report.verdict).toBe('cut');
      const errors = report.findings.filter(({ severity }) => severity === 'error');
      expect(errors.map(({ id }) => id)).toEqual(['cut-when-idle']);
      expect(report.hops[0]?.intermediaries).toContainEqual(
        expect.objectContaining({ id: 'nchan', confidence: 'likely' }),
      );
      const fix = errors[0]?.fixes.find(({ where }) => where === 'nchan');
      expect(fix).toMatchObject({ config: PASSTHROUGH, proven: true });
      expect(containsLines(await readText(PASSTHROUGH), fix?.change ?? '')).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    `keeps a quiet stream up with its ping: ${PASSTHROUGH}`,
    async () => {
      const report = await probeQuiet(PASSTHROUGH);
      expect(report.verdict).toBe('streaming');
    },
    TIMEOUT_MS,
  );
});
