import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, type Backend, startBackend } from '../support/backend.ts';
import { PATHS, type Paths, startPaths } from '../support/backend-paths.ts';
import { openStream, type StreamClient } from '../support/stream-client.ts';
import { hasTool } from '../support/tools.ts';

const PROMPT = '¿Dónde está mi pedido? 📦 <número 7>';
const LEFT = /^client left after (\d+) events$/;
/** At the pace of the test these take minutes to answer: whoever sees a token sees it long before the end. */
const LONG_PROMPT = Array.from({ length: 3_000 }, (_, n) => `word${n}`).join(' ');

function ask(
  base: string,
  prompt: string,
  intervalMs: number,
  more: Record<string, string> = {},
): StreamClient {
  return openStream(`${base}/ask?interval_ms=${intervalMs}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...more },
    body: JSON.stringify({ prompt }),
  });
}

for (const { name, tool, answerType, endOfAnswer } of BACKENDS) {
  describe.skipIf(!hasTool(tool) || !hasTool('nginx'))(
    `an answer of the ${name} backend, token by token,`,
    () => {
      let backend: Backend;
      let paths: Paths;
      let departures = 0;

      beforeAll(async () => {
        backend = await startBackend(name);
        paths = await startPaths(backend.url, name);
      });
      afterAll(async () => {
        await paths?.close();
        await backend?.close();
      });

      async function nextDeparture(): Promise<number> {
        departures += 1;
        return Number(LEFT.exec(await backend.line(LEFT, departures))?.[1]);
      }

      for (const path of PATHS) {
        it(`comes whole and unchanged ${path}`, async () => {
          const client = ask(paths.url[path], PROMPT, 5);
          const pieces = (await client.end()).map(({ data }) => data);
          const { response } = await client.head();
          expect(response.headers['content-type']).toContain(answerType);
          expect(pieces.at(-1)).toBe(endOfAnswer);
          const tokens = pieces.slice(0, -1).map((data) => JSON.parse(data).token);
          expect(tokens.join('')).toBe(`You asked: ${PROMPT} `);
        });

        it(`reaches the reader while it is being made ${path}, and stops being made when the reader leaves`, async () => {
          const client = ask(paths.url[path], LONG_PROMPT, 50);
          await client.arrivals(3);
          client.leave('close');
          const made = await nextDeparture();
          expect(made).toBeGreaterThanOrEqual(3);
          expect(made).toBeLessThan(3_000);
        });
      }

      it('stops being thought about when the reader leaves before the first token', async () => {
        // A chunked request body: the backend knows where it ends only by reading on.
        const client = ask(backend.url, PROMPT, 600_000, { 'Transfer-Encoding': 'chunked' });
        await client.head();
        client.leave('close');
        expect(await nextDeparture()).toBe(0);
      });

      it('is refused as a client error when the prompt is missing, the same through the gateway', async () => {
        const bodies: string[] = [];
        for (const path of ['directly', 'through the gateway'] as const) {
          const response = await fetch(`${paths.url[path]}/ask`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: '{"question":1}',
          });
          expect([400, 422]).toContain(response.status);
          bodies.push(`${response.status} ${await response.text()}`);
        }
        expect(bodies[1]).toBe(bodies[0]);
      });
    },
  );

  describe.skipIf(!hasTool(tool) || !hasTool('nginx'))(
    `an answer of the ${name} backend without opt-out`,
    () => {
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

      it('comes in one piece through stock nginx', async () => {
        const pieces = await ask(paths.url['through stock nginx'], PROMPT, 300).end();
        expect(pieces.length).toBeGreaterThan(5);
        expect(new Set(pieces.map(({ read }) => read)).size).toBe(1);
      });

      it('comes piece by piece through stock nginx and the gateway', async () => {
        const pieces = await ask(paths.url['through stock nginx and the gateway'], PROMPT, 300).end();
        expect(new Set(pieces.map(({ read }) => read)).size).toBeGreaterThan(1);
      });
    },
  );
}
