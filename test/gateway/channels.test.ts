import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { GatewayMessages } from '../../src/gateway/channels.ts';
import { CHUNKED_HEAD, chunk, startExchange } from './support/start-gateway.ts';

const NAMES = Object.keys({
  'unclog:request:start': 0,
  'unclog:response:head': 0,
  'unclog:stream:first-event': 0,
  'unclog:stream:hold': 0,
  'unclog:request:end': 0,
  'unclog:gateway:drain': 0,
  'unclog:gateway:reload': 0,
} satisfies Record<keyof GatewayMessages, 0>);

interface Heard {
  name: string;
  message: Record<string, unknown>;
}

/** Everything published from now on, in order. */
function listen(): Heard[] {
  const heard: Heard[] = [];
  for (const name of NAMES) {
    const note = (message: unknown): void => void heard.push({ name, message: message as Heard['message'] });
    subscribe(name, note);
    onTestFinished(() => void unsubscribe(name, note));
  }
  return heard;
}

it('an embedder hears of a stream from its request to its end, then of the reload and the shutdown', async () => {
  const heard = listen();
  const { client, origin, gateway, upstream } = await startExchange(
    'GET /stream?a=b HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  origin.write(CHUNKED_HEAD);
  await client.head();
  expect(heard.map(({ name }) => name)).toEqual(['unclog:request:start', 'unclog:response:head']);
  origin.write(chunk(': hi\n'));
  await client.until('hi');
  expect(heard).toHaveLength(2);
  origin.write(`${chunk('data: a\n\n')}0\r\n\r\n`);
  await client.until('\r\n0\r\n\r\n');
  await gateway.exchange();
  gateway.running.reload({ upstream: upstream.url, listen: { host: '127.0.0.1', port: 1 } });
  await gateway.running.close();

  expect(heard.map(({ name }) => name)).toEqual([
    ...['unclog:request:start', 'unclog:response:head', 'unclog:stream:first-event', 'unclog:request:end'],
    ...['unclog:gateway:reload', 'unclog:gateway:drain'],
  ]);
  const [start, head, first, end, reload, drain] = heard.map(({ message }) => message);
  const id = start?.id;
  expect(start).toMatchObject({ id: expect.any(Number), path: '/stream', route: 'stream', status: null });
  expect(head).toMatchObject({ id, status: 200, headMs: expect.any(Number), payloadBytes: 0 });
  expect(first).toMatchObject({ id, firstEventMs: expect.any(Number) });
  expect(end).toMatchObject({ id, outcome: 'complete', endedBy: 'upstream', detail: null, events: 1 });
  expect(reload).toEqual({ needRestart: ['listen'] });
  expect(drain).toMatchObject({ open: 0, delayMs: 0 });
});

it('an embedder hears that a stream is held before it gets here', async () => {
  const heard = listen();
  const { client, origin } = await startExchange();
  origin.write(CHUNKED_HEAD + chunk('data: 0\n\n'));
  const holds = () => heard.filter(({ name }) => name === 'unclog:stream:hold');
  for (let n = 1; n < 10 && holds().length === 0; n++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    origin.write(chunk(`data: ${n}!\n\n`.repeat(20)));
    await client.until(`data: ${n}!`);
  }
  await vi.waitUntil(() => holds().length > 0);
  expect(holds()[0]?.message).toMatchObject({ hold: 'bursts', path: '/stream' });
});

it('docs/gateway.md names every channel', () => {
  const page = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/^\| `(unclog:[\w:-]+)` \|/gm)].map((match) => match[1]);
  expect(named.sort()).toEqual([...NAMES].sort());
});
