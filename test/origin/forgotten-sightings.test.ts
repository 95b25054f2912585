import { afterEach, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { SIGHTING_LIMITS } from '../../src/origin/sightings.ts';

let origin: RunningOrigin | undefined;
afterEach(() => origin?.close());

it('a client that has had its number of tokens loses its oldest ones, and is still told of the latest', async () => {
  origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  const base = `${origin.url}/.well-known/unclog`;
  const tokens = Array.from(
    { length: SIGHTING_LIMITS.tokensPerClient + 1 },
    (_, i) => `token-${String(i).padStart(20, '0')}`,
  );
  for (const token of tokens) {
    const answer = await fetch(`${base}/body?token=${token}`, { method: 'POST', body: 'x' });
    await answer.arrayBuffer();
  }
  const requestsOf = async (token: string | undefined): Promise<unknown[]> => {
    const seen = (await (await fetch(`${base}/seen?token=${token}`)).json()) as { requests: unknown[] };
    return seen.requests;
  };
  expect(await requestsOf(tokens.at(-1))).toHaveLength(1);
  expect(await requestsOf(tokens[1])).toHaveLength(1);
  expect(await requestsOf(tokens[0])).toEqual([]);
}, 60_000);
