import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { type ProbeOptions, runProbe } from '../../src/probe/run-probe.ts';
import type { Report } from '../../src/types.ts';
import { BACKENDS, type Backend, startBackend } from '../support/backend.ts';
import { type PathName, type Paths, startPaths } from '../support/backend-paths.ts';
import { hasTool } from '../support/tools.ts';

/** Far above what a busy machine delays, far below what an nginx that waits for the close delays. */
const OPTIONS: ProbeOptions = { maxHoldMs: 1_000, waitFirstMs: 20_000 };
const STREAM = '/stream?interval_ms=200&count=25';

const HOPS: Record<string, PathName> = {
  app: 'directly',
  gateway: 'through the gateway',
  'nginx-gateway': 'through stock nginx and the gateway',
  nginx: 'through stock nginx',
};

const probe = (paths: Paths, path: string, options: ProbeOptions = {}): Promise<Report> =>
  runProbe(
    Object.entries(HOPS).map(([name, way]) => ({
      name,
      url: paths.url[way] + path,
      headers: [['Content-Type', 'application/json']],
    })),
    { ...OPTIONS, ...options },
  );

const verdicts = (report: Report) =>
  Object.fromEntries(report.hops.map(({ name, verdict }) => [name, verdict]));
const ALL_STREAM = {
  app: 'streaming',
  gateway: 'streaming',
  'nginx-gateway': 'streaming',
  nginx: 'streaming',
};

for (const { name, tool } of BACKENDS) {
  describe.skipIf(!hasTool(tool) || !hasTool('nginx'))(`a probe of the ${name} backend`, () => {
    for (const optOut of ['0', '1'] as const) {
      describe(optOut === '1' ? 'with X-Accel-Buffering: no' : 'without the opt-out', () => {
        let backend: Backend;
        let paths: Paths;
        beforeAll(async () => {
          backend = await startBackend(name, { OPT_OUT: optOut });
          paths = await startPaths(backend.url, name);
        });
        afterAll(async () => {
          await paths?.close();
          await backend?.close();
        });

        if (optOut === '1') {
          it('finds that it streams on every way', async () => {
            const report = await probe(paths, STREAM);
            expect(verdicts(report)).toEqual(ALL_STREAM);
            expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
            expect(exitCodeOf(report)).toBe(0);
          });
          return;
        }

        it('finds stock nginx alone to hold it to the close, and the gateway to cure that', async () => {
          const report = await probe(paths, STREAM);
          expect(verdicts(report)).toEqual({ ...ALL_STREAM, nginx: 'held' });
          expect(report.hops.at(-1)?.hold?.kind).toBe('until-close');
          expect(report.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
            { id: 'held-until-close', hop: 'nginx' },
          ]);
          expect(exitCodeOf(report)).toBe(1);
        });

        it('calls an endless stream held of which nothing has come, because nearer hops delivered', async () => {
          const report = await probe(paths, '/stream?interval_ms=500', {
            waitFirstMs: 5_000,
            durationMs: 4_000,
          });
          expect(verdicts(report)).toEqual({ ...ALL_STREAM, nginx: 'held' });
          expect(report.hops.at(-1)?.response).toBeNull();
          expect(report.findings.find(({ id }) => id === 'held-until-close')).toMatchObject({ hop: 'nginx' });
        });

        it('tells a held answer to a prompt from one that comes token by token', async () => {
          const prompt = Array.from({ length: 30 }, (_, n) => `word${n}`).join(' ');
          const report = await probe(paths, '/ask?interval_ms=100', {
            method: 'POST',
            body: Buffer.from(JSON.stringify({ prompt })),
          });
          expect(verdicts(report)).toEqual({ ...ALL_STREAM, nginx: 'held' });
        });
      });
    }
  });
}
