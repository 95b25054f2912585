import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { downPath, readClock } from '../../src/probe/clock-offset.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { Observation, PathExchange } from '../../src/types.ts';
import { everyInterval } from '../support/test-server.ts';

const EPOCH_MS = 1_760_000_000_000;

/** What clock-offset looks at; exchanges as [sent, received, origin's clock less ours]. */
function observed(...exchanges: [sentAtMs: number, receivedAtMs: number, offsetMs: number][]): Observation {
  const pathExchanges: PathExchange[] = exchanges.map(([sentAtMs, receivedAtMs, offsetMs]) => ({
    sentAtMs,
    receivedAtMs,
    status: 200,
    originEpochMs: EPOCH_MS + (sentAtMs + receivedAtMs) / 2 + offsetMs,
  }));
  return { startedAtEpochMs: EPOCH_MS, pathExchanges } as unknown as Observation;
}

describe('the offset of the origin’s clock', () => {
  it('comes from the fastest exchange, known to within half of its round trip', () => {
    const clock = readClock(observed([0, 40, -90_000], [50, 60, -90_003], [70, 100, -90_000]));
    expect(clock).toMatchObject({ offsetMs: -90_003, errorMs: 6, driftMsPerMinute: null, stepMs: null });
  });

  it('drifts, and is interpolated between two rounds', () => {
    const observation = observed([0, 2, 100], [3, 5, 100], [60_000, 60_002, 160], [60_003, 60_005, 160]);
    expect(readClock(observation)?.driftMsPerMinute).toBeCloseTo(60, 0);
    const path = downPath(observation);
    expect(path?.at(2)).toBeCloseTo(1 - 100, 1);
    expect(path?.at(30_002)).toBeCloseTo(1 - 130, 0);
    expect(path?.at(90_000)).toBeCloseTo(1 - 160, 1);
  });

  it('is no drift where the round trips explain it', () => {
    expect(readClock(observed([0, 100, 20], [60_000, 60_100, -20]))?.driftMsPerMinute).toBeNull();
  });

  it('that is set in between makes the times there worth nothing', () => {
    const observation = observed([0, 2, 0], [60_000, 60_002, 5_000]);
    expect(readClock(observation)).toMatchObject({ stepMs: 5_000, driftMsPerMinute: null });
    expect(downPath(observation)?.errorMs).toBeGreaterThan(5_000);
  });

  it('is unknown where nothing answered', () => {
    const silent = {
      startedAtEpochMs: 0,
      pathExchanges: [{ sentAtMs: 0, receivedAtMs: 1, status: 404, originEpochMs: null }],
    };
    expect(readClock(silent as unknown as Observation)).toBeNull();
  });
});

/** An origin whose clock is wrong, behind a hop that keeps each event for `holdMs`. */
async function probeWrongClock(wrongByMs: number, holdMs: number) {
  const now = (): number => Math.floor(performance.timeOrigin + performance.now() + wrongByMs);
  const server = createServer((request, response) => {
    if (request.url?.includes('/clock?')) {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ sentAt: now() }));
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Unclog-Sent-At': String(now()) });
    response.flushHeaders();
    everyInterval(
      response,
      { intervalMs: 120, count: 12 },
      (n) => {
        const event = `id: ${n}\ndata: {"seq":${n},"sentAt":${now()}}\n\n`;
        setTimeout(() => response.write(event), holdMs);
      },
      () => setTimeout(() => response.end(), holdMs + 20),
    );
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const report = await runProbe([{ name: 'hop', url: `http://127.0.0.1:${port}/stream` }], { proxy: 'none' });
  server.closeAllConnections();
  server.close();
  return report;
}

it.concurrent.each([-7 * 60_000, 3 * 3_600_000])(
  'a clock that is wrong by %i ms changes no verdict',
  async (wrongByMs) => {
    const report = await probeWrongClock(wrongByMs, 0);
    const { events } = report.hops[0] ?? {};
    expect(report.verdict).toBe('streaming');
    expect(events?.holdBasis).toBe('stamps');
    expect(Math.abs((events?.clock?.offsetMs ?? 0) - wrongByMs)).toBeLessThan(100);
    expect(events?.clock?.errorMs).toBeLessThan(100);
  },
);

it('a steady lateness shows although every gap is perfect and the clock is wrong', async () => {
  const report = await probeWrongClock(-7 * 60_000, 400);
  expect(report.hops[0]).toMatchObject({ verdict: 'held', events: { holdBasis: 'stamps' } });
  const gaps = report.hops[0]?.events.gapMs;
  expect(gaps?.p50).toBeLessThan(200);
  expect(Math.abs((report.hops[0]?.events.holdMs?.p50 ?? 0) - 400)).toBeLessThan(120);
});
