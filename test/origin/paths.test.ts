import { expect, test } from 'vitest';
import { sendRaw } from './raw-client.ts';
import { startOrigin } from './started-origin.ts';

test('the front page is plain text that lists the paths', async () => {
  const origin = await startOrigin();
  const answer = await fetch(origin.url);
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const text = await answer.text();
  for (const path of ['/stream', 'clock', 'lockstep', 'ack', '/healthz']) expect(text).toContain(path);
});

test('the health check answers 200', async () => {
  const origin = await startOrigin();
  expect((await fetch(`${origin.url}/healthz`)).status).toBe(200);
});

test.each([
  '/nothing',
  '/streams',
  '/stream/',
  '/.well-known/unclog/constructor',
  '/.well-known/unclog/x/stream',
])('nothing is at %s, which one sentence says', async (path) => {
  const origin = await startOrigin();
  const answer = await fetch(origin.url + path);
  expect(answer.status).toBe(404);
  expect(await answer.text()).toBe('There is nothing at this path; / lists the paths that exist.\n');
});

test.each(['/stream', '/a/b/stream', '//elsewhere.test/stream', 'http://elsewhere.test/stream?x=1'])(
  'the stream is at %s',
  async (target) => {
    const origin = await startOrigin({ intervalMs: 1, events: 1 });
    const { text } = await sendRaw(origin, target, { version: '1.0' }).closed;
    expect(text).toMatch(/^id: 1$/m);
  },
);

test.each([
  ['DELETE', '/stream', 'GET, HEAD, POST'],
  ['PUT', '/.well-known/unclog/stream', 'GET, HEAD, POST'],
  ['POST', '/.well-known/unclog/clock', 'GET, HEAD'],
  ['GET', '/.well-known/unclog/ack?session=a&seq=1', 'POST'],
])('%s %s is refused with the methods that are possible', async (method, path, allow) => {
  const origin = await startOrigin();
  const answer = await fetch(origin.url + path, { method });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe(allow);
  expect(await answer.text()).toContain(method);
});

test('the check path itself lists what lies below it, behind any prefix', async () => {
  const { url } = await startOrigin();
  const answer = await fetch(`${url}/app/.well-known/unclog/`);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('/.well-known/unclog/seen');
});
