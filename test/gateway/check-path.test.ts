import { afterEach, expect, test } from 'vitest';
import { createGateway, type GatewayOptions } from '../../src/gateway/gateway.ts';
import { createOrigin } from '../../src/origin/origin.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const CHECK = '/any/prefix/.well-known/unclog';
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A gateway whose own upstream is no unclog origin below the check path: it answers 404 there. */
async function start(options: Partial<GatewayOptions> = {}) {
  const upstream = await createOrigin({ listen: LOCAL });
  open.push(upstream);
  const gateway = await createGateway({
    upstream: `${upstream.url}/nothing-here`,
    listen: LOCAL,
    ...options,
  });
  open.push(gateway);
  return { gateway, upstream };
}

test('the check path is not there unless it is asked for', async () => {
  let asked = 0;
  const { createServer } = await import('node:http');
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  const { port } = server.address() as { port: number };
  const gateway = await createGateway({ upstream: `http://127.0.0.1:${port}`, listen: LOCAL });
  open.push(gateway);
  for (const name of ['', '/', '/clock', '/stream?events=1', '/seen?token=a-token-of-the-test'])
    expect((await fetch(`${gateway.url}/.well-known/unclog${name}`)).status).toBe(418);
  expect(asked).toBe(5);
});

test('with check it answers behind any prefix, and the rest goes on to the upstream', async () => {
  const { gateway, upstream } = await start({ check: true });
  const clock = await fetch(`${gateway.url}${CHECK}/clock`);
  expect(await clock.json()).toMatchObject({ receivedAt: expect.any(Number), sentAt: expect.any(Number) });
  expect(await (await fetch(`${gateway.url}${CHECK}/`)).text()).toContain('unclog origin');
  let streams = 0;
  upstream.onStreamStart(() => streams++);
  const left = new AbortController();
  await fetch(`${gateway.url}/stream`, { signal: left.signal });
  left.abort();
  expect(streams).toBe(1);
});

test('an experiment stream gets there as it was sent: no opt-outs, its own framing', async () => {
  const { gateway } = await start({ check: true });
  const answer = await fetch(`${gateway.url}${CHECK}/stream?events=2&interval=1ms`);
  const body = await answer.text();
  expect(answer.headers.get('x-accel-buffering')).toBeNull();
  expect(answer.headers.get('incremental')).toBeNull();
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  expect(answer.headers.get('transfer-encoding')).toBe('chunked');
  expect(body.match(/^id: /gm)).toHaveLength(2);
});

test('options for streams of the upstream do not reach experiment streams', async () => {
  const { gateway } = await start({ check: true, openingComment: true, heartbeatMs: 100, via: 'edge' });
  const answer = await fetch(`${gateway.url}${CHECK}/stream?events=1&first-delay=400ms`);
  expect(await answer.text()).not.toMatch(/^:/m);
  expect(answer.headers.get('via')).toBeNull();
});

test('lockstep goes through it: stream and acknowledgements are for the same origin', async () => {
  const { gateway } = await start({ check: true });
  const base = `${gateway.url}${CHECK}`;
  const answer = await fetch(`${base}/lockstep?session=s1&events=3&patience=20s`);
  let text = '';
  for await (const piece of answer.body ?? []) {
    text += Buffer.from(piece).toString();
    const seq = text.match(/^id: \d+$/gm)?.length ?? 0;
    await fetch(`${base}/ack?session=s1&seq=${seq}`, { method: 'POST' });
  }
  expect(await (await fetch(`${base}/lockstep/result?session=s1`)).json()).toMatchObject({
    acked: 3,
    state: 'complete',
  });
});

test('it stays through a reload, which cannot turn it off or on', async () => {
  const { gateway, upstream } = await start({ check: true });
  const options = { upstream: upstream.url, listen: LOCAL };
  expect(gateway.reload({ ...options, check: false })).toContain('check');
  expect((await fetch(`${gateway.url}${CHECK}/clock`)).status).toBe(200);
  const other = await start();
  expect(other.gateway.reload({ ...options, check: true })).toContain('check');
  expect((await fetch(`${other.gateway.url}/a${CHECK}/clock/`)).status).toBe(404);
});
