import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { RunningOrigin } from '../../src/origin/origin.ts';
import { runLockstep } from '../support/lockstep-client.ts';
import { sendRaw } from './raw-client.ts';
import { nextStreamEnd, startOrigin } from './started-origin.ts';

const CHECK = '/.well-known/unclog';
const hops: Server[] = [];

afterEach(() => {
  for (const hop of hops.splice(0)) hop.close().closeAllConnections();
});

/** A hop that passes on at once, that keeps the head until the first byte, or that keeps everything to the end. */
async function startHop(origin: RunningOrigin, keeps: 'nothing' | 'head' | 'all'): Promise<string> {
  const hop = createServer((inbound, outbound) => {
    const target = new URL(inbound.url ?? '', origin.url);
    request(target, { method: inbound.method, agent: false }, (answer) => {
      outbound.writeHead(answer.statusCode ?? 0, { 'Content-Type': answer.headers['content-type'] });
      if (keeps === 'nothing') outbound.flushHeaders();
      const kept: Buffer[] = [];
      answer.on('data', (piece: Buffer) => (keeps === 'all' ? kept.push(piece) : outbound.write(piece)));
      answer.on('end', () => outbound.end(Buffer.concat(kept)));
    }).end();
  });
  hops.push(hop);
  await new Promise<void>((resolve) => hop.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(hop.address() as AddressInfo).port}`;
}

test.each([
  ['1.1', 'GET', 'chunked'],
  ['1.1', 'POST', 'close'],
  ['1.0', 'GET', 'chunked'],
  ['1.1', 'GET', 'length'],
] as const)(
  'HTTP/%s %s with framing %s: every event is seen before the next is sent',
  async (httpVersion, method, framing) => {
    const origin = await startOrigin();
    const run = {
      through: origin.url,
      direct: origin.url,
      events: 8,
      httpVersion,
      method,
      framing,
      eventBytes: 600,
    };
    expect(await runLockstep({ ...run, awaitHead: true })).toMatchObject({ delivered: 8, stalledAt: null });
  },
);

test('a hop that passes on at once delivers all', async () => {
  const origin = await startOrigin();
  const through = await startHop(origin, 'nothing');
  const outcome = await runLockstep({ through, direct: origin.url, events: 5, awaitHead: true });
  expect(outcome).toMatchObject({ delivered: 5, stalledAt: null });
});

test('a hop that keeps everything stalls at the first event', async () => {
  const origin = await startOrigin();
  const through = await startHop(origin, 'all');
  const ended = nextStreamEnd(origin);
  const outcome = await runLockstep({ through, direct: origin.url, events: 5, patienceMs: 300 });
  expect(outcome).toMatchObject({ delivered: 1, stalledAt: 1 });
  expect((await ended).reason).toBe('stalled');
});

test('a hop that keeps only the head stalls when the head is waited for, and not otherwise', async () => {
  const origin = await startOrigin();
  const through = await startHop(origin, 'head');
  const run = { through, direct: origin.url, events: 3, patienceMs: 300 };
  expect(await runLockstep({ ...run, awaitHead: true })).toMatchObject({ delivered: 0, stalledAt: 0 });
  expect(await runLockstep({ ...run, patienceMs: 5_000 })).toMatchObject({ delivered: 3, stalledAt: null });
});

test('an unacknowledged stream ends with a comment, and the result is remembered', async () => {
  const origin = await startOrigin();
  const path = `/p${CHECK}/lockstep?session=s1&events=3&patience=200ms`;
  const { text } = await sendRaw(origin, path, { version: '1.0' }).closed;
  expect(text).toMatch(/^id: 1\ndata: .*\n\n: unclog lockstep stalled at 1\n\n$/m);
  const result = await fetch(`${origin.url}/other/prefix${CHECK}/lockstep/result?session=s1`);
  expect(await result.json()).toEqual({ acked: 0, sent: 1, stalledAt: 1, state: 'stalled' });
});

test('a client that leaves is no stall', async () => {
  const origin = await startOrigin();
  const client = sendRaw(origin, `${CHECK}/lockstep?session=s1&events=3&patience=1m`);
  await client.waitFor(/id: 1\n/);
  const ended = nextStreamEnd(origin);
  client.socket.destroy();
  await ended;
  const result = await fetch(`${origin.url}${CHECK}/lockstep/result?session=s1`);
  expect(await result.json()).toEqual({ acked: 0, sent: 1, stalledAt: null, state: 'client-left' });
});

test('acknowledgements come in order, once or more often, and not ahead', async () => {
  const origin = await startOrigin();
  const client = sendRaw(origin, `${CHECK}/lockstep?session=s1&events=3&patience=1m`);
  const ack = async (seq: number) =>
    (await fetch(`${origin.url}${CHECK}/ack?session=s1&seq=${seq}`, { method: 'POST' })).status;
  await client.waitFor(/id: 1\n/);
  expect(await ack(2)).toBe(409);
  expect(await ack(1)).toBe(204);
  await client.waitFor(/id: 2\n/);
  expect(await ack(1)).toBe(204);
  expect(await ack(2)).toBe(204);
  await client.waitFor(/id: 3\n/);
  expect(await ack(3)).toBe(204);
  await client.waitFor(/\r\n0\r\n\r\n$/);
  client.socket.destroy();
});

test('a session that runs cannot be taken over; one that has ended can', async () => {
  const origin = await startOrigin();
  const path = `${CHECK}/lockstep?session=s1&events=1&patience=1m`;
  const first = sendRaw(origin, path);
  await first.waitFor(/id: 1\n/);
  expect((await fetch(origin.url + path)).status).toBe(409);
  const ended = nextStreamEnd(origin);
  first.socket.destroy();
  await ended;
  const second = sendRaw(origin, path);
  await second.waitFor(/id: 1\n/);
  second.socket.destroy();
});

test.each([
  ['GET', 'lockstep', 400, 'Parameter "session" is missing.'],
  ['GET', 'lockstep?session=a%20b', 400, 'Parameter "session" is "a b", expected 1 to 64 letters'],
  ['GET', 'lockstep?session=a&patience=2m', 400, 'Parameter "patience" is "2m", expected milliseconds'],
  ['POST', 'ack?session=a', 400, 'Parameter "seq" is missing.'],
  ['POST', 'ack?session=a&seq=1', 404, 'There is no lockstep session with this name.'],
  ['GET', 'lockstep/result?session=a', 404, 'There is no lockstep session with this name.'],
])('%s %s is answered with %i and a sentence', async (method, rest, status, sentence) => {
  const origin = await startOrigin();
  const answer = await fetch(`${origin.url}${CHECK}/${rest}`, { method });
  expect(answer.status).toBe(status);
  expect(await answer.text()).toContain(sentence);
});
