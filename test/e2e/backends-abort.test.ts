import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, type Backend, startBackend } from '../support/backend.ts';
import { PATHS, type Paths, startPaths } from '../support/backend-paths.ts';
import { openStream } from '../support/stream-client.ts';
import { hasTool } from '../support/tools.ts';

/** Longer than any test: between the events the backend writes nothing that could fail. */
const QUIET_MS = 600_000;
const LEFT = /^client left after (\d+) events$/;

for (const { name, tool } of BACKENDS) {
  describe.skipIf(!hasTool(tool) || !hasTool('nginx'))(
    `the ${name} backend sees that the client left`,
    () => {
      let backend: Backend;
      let paths: Paths;
      let departures = 0;

      beforeAll(async () => {
        backend = await startBackend(name, { HEARTBEAT_MS: String(QUIET_MS) });
        paths = await startPaths(backend.url, name);
      });
      afterAll(async () => {
        await paths?.close();
        await backend?.close();
      });

      /** Number of events after which the next departure was logged; waits for the log line. */
      async function nextDeparture(): Promise<number> {
        departures += 1;
        return Number(LEFT.exec(await backend.line(LEFT, departures))?.[1]);
      }

      for (const path of PATHS) {
        for (const how of ['close', 'reset'] as const) {
          it(`${path}, by ${how}, while events flow`, async () => {
            const client = openStream(`${paths.url[path]}/stream?interval_ms=20`);
            await client.arrivals(3);
            client.leave(how);
            expect(await nextDeparture()).toBeGreaterThanOrEqual(3);
          });

          it(`${path}, by ${how}, while the stream is quiet`, async () => {
            const client = openStream(`${paths.url[path]}/stream?interval_ms=${QUIET_MS}`);
            await client.arrivals(1);
            client.leave(how);
            expect(await nextDeparture()).toBe(1);
          });
        }
      }

      it('through the gateway, while other streams go on', async () => {
        const url = `${paths.url['through the gateway']}/stream?interval_ms=50`;
        const staying = openStream(url);
        const leaving = openStream(url);
        await Promise.all([staying.arrivals(2), leaving.arrivals(2)]);
        leaving.leave('reset');
        expect(await nextDeparture()).toBeGreaterThanOrEqual(2);
        const soFar = (await staying.arrivals(2)).length;
        await staying.arrivals(soFar + 5);
        staying.leave('close');
        expect(await nextDeparture()).toBeGreaterThanOrEqual(soFar + 5);
      });
    },
  );

  describe.skipIf(!hasTool(tool) || !hasTool('nginx'))(`the ${name} backend without the opt-out`, () => {
    let backend: Backend;
    let paths: Paths;

    beforeAll(async () => {
      backend = await startBackend(name, { OPT_OUT: '0' });
      paths = await startPaths(backend.url, name);
    });
    afterAll(async () => {
      await paths?.close();
      await backend?.close();
    });

    it('sees that the client left an nginx that holds, though not one event reached it', async () => {
      const client = openStream(`${paths.url['through stock nginx']}/stream?interval_ms=5`);
      // The head waits with the events: its arrival is the first full block, and shows the stream is up.
      await client.head();
      client.leave('close');
      expect(Number(LEFT.exec(await backend.line(LEFT))?.[1])).toBeGreaterThan(10);
    });
  });
}
