import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, type Backend, startBackend } from '../support/backend.ts';
import { PATHS, type PathName, type Paths, startPaths } from '../support/backend-paths.ts';
import { type Arrival, openStream } from '../support/stream-client.ts';
import { hasTool } from '../support/tools.ts';

/** Far apart, so that a busy machine cannot make an event look held. */
const INTERVAL_MS = 1_500;
const COUNT = 4;

interface Watched {
  headAtEpochMs: number;
  opted: string | undefined;
  arrivals: Arrival[];
}

const sentAt = (arrival: Arrival | undefined): number => JSON.parse(arrival?.data ?? '').sentAt;

async function watch(base: string): Promise<Watched> {
  const client = openStream(`${base}/stream?interval_ms=${INTERVAL_MS}&count=${COUNT}`);
  const arrivals = await client.end();
  const { response, atEpochMs } = await client.head();
  return {
    headAtEpochMs: atEpochMs,
    opted: response.headers['x-accel-buffering'] as string | undefined,
    arrivals,
  };
}

/** Event n+1 left the backend only after event n had arrived: no clock but the backend's own order decides. */
function expectToStream({ headAtEpochMs, arrivals }: Watched): void {
  expect(arrivals.map(({ data }) => JSON.parse(data).seq)).toEqual([1, 2, 3, 4]);
  expect(headAtEpochMs).toBeLessThanOrEqual(sentAt(arrivals[1]));
  for (const [n, arrival] of arrivals.slice(0, -1).entries())
    expect(arrival.atEpochMs, `event ${n + 1} against the sending of ${n + 2}`).toBeLessThanOrEqual(
      sentAt(arrivals[n + 1]),
    );
}

/** The head and the first event arrived only after the last event had been sent. */
function expectToBeHeld({ headAtEpochMs, arrivals }: Watched): void {
  expect(arrivals).toHaveLength(COUNT);
  expect(headAtEpochMs).toBeGreaterThanOrEqual(sentAt(arrivals.at(-1)));
  expect(arrivals[0]?.atEpochMs).toBeGreaterThanOrEqual(sentAt(arrivals.at(-1)));
}

for (const { name, tool } of BACKENDS) {
  describe.skipIf(!hasTool(tool) || !hasTool('nginx'))(`the ${name} backend`, () => {
    for (const optOut of ['0', '1'] as const) {
      describe(optOut === '1' ? 'with X-Accel-Buffering: no' : 'without the opt-out', () => {
        let backend: Backend;
        let paths: Paths;
        const seen = {} as Record<PathName, Watched>;

        beforeAll(async () => {
          backend = await startBackend(name, { OPT_OUT: optOut });
          paths = await startPaths(backend.url, name);
          await Promise.all(
            PATHS.map(async (path) => {
              seen[path] = await watch(paths.url[path]);
            }),
          );
        });
        afterAll(async () => {
          await paths?.close();
          await backend?.close();
        });

        it('says what its setting says', () => {
          expect(seen.directly.opted).toBe(optOut === '1' ? 'no' : undefined);
        });

        for (const path of PATHS) {
          const held = optOut === '0' && path === 'through stock nginx';
          it(held ? `is held to the close ${path}` : `streams ${path}`, () => {
            if (held) expectToBeHeld(seen[path]);
            else expectToStream(seen[path]);
          });
        }
      });
    }
  });
}
