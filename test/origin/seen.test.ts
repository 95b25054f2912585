import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Sighting } from '../../src/origin/sightings.ts';
import { startOrigin } from './started-origin.ts';

const CHECK = '/p/.well-known/unclog';
const TOKEN = 'a-token-of-the-test';

async function seen(url: string, token = TOKEN): Promise<Sighting[]> {
  const answer = await fetch(`${url}${CHECK}/seen?token=${token}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return ((await answer.json()) as { requests: Sighting[] }).requests;
}

const stream = (query: string) => `${CHECK}/stream?token=${TOKEN}&interval=1ms&${query}`;

test('it tells the fields as they came, and those that were sent', async () => {
  const { url } = await startOrigin();
  await (await fetch(url + stream('events=2&opt-out=all'), { headers: { 'X-Of-A-Hop': 'yes' } })).text();
  const [request] = await seen(url);
  expect(request).toMatchObject({
    method: 'GET',
    httpVersion: '1.1',
    end: { reason: 'complete', events: 2 },
  });
  expect(request?.headers).toContainEqual(['x-of-a-hop', 'yes']);
  expect(request?.sentHeaders).toContainEqual(['X-Accel-Buffering', 'no']);
  expect(request?.sentHeaders).toContainEqual(['Cache-Control', 'no-cache, no-transform']);
});

test.each(['Authorization', 'Cookie', 'X-Api-Key', 'X-Auth-Request-Access-Token', 'X-Forwarded-Client-Cert'])(
  'of %s it tells only that it came',
  async (name) => {
    const { url } = await startOrigin();
    await (await fetch(url + stream('events=1'), { headers: { [name]: 'hush' } })).text();
    const text = JSON.stringify(await seen(url));
    expect(text.toLowerCase()).toContain(`["${name.toLowerCase()}","***"]`);
    expect(text).not.toContain('hush');
  },
);

test('it tells when a client left', async () => {
  const { url } = await startOrigin();
  const left = new AbortController();
  const answer = await fetch(url + stream('events=2&quiet-after=1&quiet=60s'), { signal: left.signal });
  expect((await seen(url))[0]?.end).toBeNull();
  left.abort();
  await answer.text().catch(() => {});
  await expect.poll(async () => (await seen(url))[0]?.end?.reason).toBe('client-left');
});

test('each request with the token is there, and nothing of another one', async () => {
  const { url } = await startOrigin();
  for (let i = 0; i < 2; i++) await (await fetch(url + stream('events=1'))).text();
  expect(await seen(url)).toHaveLength(2);
  expect(await seen(url, 'another-token-of-it')).toEqual([]);
});

test('of one token it keeps a few requests only', async () => {
  const { url } = await startOrigin();
  await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url + stream('events=1'))).text()));
  expect(await seen(url)).toHaveLength(16);
});

test('a token that can be guessed is refused', async () => {
  const { url } = await startOrigin();
  const answer = await fetch(`${url}${CHECK}/seen?token=short`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toMatch(/"token" is "short", expected 16 to 64/);
});

test('a request body is told piece by piece, as it came', async () => {
  const { url } = await startOrigin();
  async function* pieces() {
    yield Buffer.from('one');
    await delay(80);
    yield Buffer.from('three');
  }
  const answer = await fetch(`${url}${CHECK}/body?token=${TOKEN}`, {
    method: 'POST',
    body: pieces(),
    duplex: 'half',
  } as RequestInit);
  const { requests } = (await answer.json()) as { requests: Sighting[] };
  expect(requests[0]?.body).toMatchObject({ bytes: 8, complete: true });
  const [first, second] = requests[0]?.body.pieces ?? [];
  expect([first?.bytes, second?.bytes]).toEqual([3, 5]);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(40);
});

test('an opening comment and heartbeats come without being events', async () => {
  const { url } = await startOrigin();
  const query = 'events=1&first-delay=150ms&opening=2k&heartbeat=20ms';
  const text = await (await fetch(`${url}${CHECK}/stream?${query}`)).text();
  const blocks = text.split('\n\n');
  expect(Buffer.byteLength(`${blocks[0]}\n\n`)).toBe(2_048);
  expect(blocks[0]).toMatch(/^: \S+$/);
  expect(blocks.filter((block) => block === ': heartbeat').length).toBeGreaterThan(2);
  expect(text.match(/^data:/gm)).toHaveLength(1);
});

test('without Cache-Control where that is asked for', async () => {
  const { url } = await startOrigin();
  const answer = await fetch(`${url}${CHECK}/stream?events=1&interval=1ms&cache-control=none`);
  await answer.text();
  expect(answer.headers.get('cache-control')).toBeNull();
});

test('framing=length does not go with what has no fixed length', async () => {
  const { url } = await startOrigin();
  const answer = await fetch(`${url}${CHECK}/stream?events=1&framing=length&heartbeat=50ms`);
  expect(answer.status).toBe(400);
});
