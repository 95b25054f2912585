import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';
import { EventSource } from 'eventsource';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { startTestServer } from '../support/test-server.ts';
import { startGateway } from './support/start-gateway.ts';

/** Everything that the gateway can put in, several times between two events. */
const INSERTING: Partial<GatewayOptions> = {
  heartbeatMs: 100,
  openingComment: true,
  openingPaddingBytes: 2_048,
  retryMs: 50,
};
const QUIET_MS = 450;
const WORDS = ['Hello', ' quiet', ' world'];

/** Runs in the browser: what its own EventSource reads until it has come back. */
const IN_PAGE = `new Promise((resolve) => {
  const read = [];
  const source = new EventSource('/stream/slow');
  source.onmessage = ({ data }) => read.push('no event has this type: ' + data);
  source.addEventListener('word', ({ data, lastEventId }) => read.push(lastEventId + ' ' + data));
  let opened = 0;
  source.onopen = () => {
    opened += 1;
    if (opened < 2) return;
    source.close();
    resolve(read);
  };
})`;

const PAGE = '<!doctype html><title>events</title>';

/** Writes each event, and is quiet before the first and behind each. */
async function speak(res: ServerResponse, events: string[], lineEnd: string): Promise<void> {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  await sleep(QUIET_MS);
  for (const event of events) {
    res.write(event.replaceAll('\n', lineEnd));
    await sleep(QUIET_MS);
  }
  res.end();
}

const completion = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;

const COMPLETION = [
  ...WORDS.map((content) => completion({ role: 'assistant', content })),
  completion({}, 'stop'),
  'data: [DONE]\n\n',
];
const EVENTS = WORDS.map((word, n) => `id: ${n + 1}\nevent: word\ndata: ${JSON.stringify({ word })}\n\n`);

/** A backend with a completion, an event stream and a page, behind a gateway that puts in what it can. */
async function startChat(lineEnd: string, options: Partial<GatewayOptions> = {}) {
  const asked: string[] = [];
  const backend = await startTestServer((req, res) => {
    asked.push(String(req.headers['last-event-id'] ?? ''));
    if (req.method === 'POST') {
      req.resume().on('end', () => void speak(res, COMPLETION, lineEnd));
    } else if (req.url?.startsWith('/stream')) {
      const next = Number(req.headers['last-event-id'] ?? 0);
      if (req.url === '/stream/slow')
        setTimeout(() => void speak(res, EVENTS.slice(next), lineEnd), QUIET_MS);
      else void speak(res, EVENTS.slice(next), lineEnd);
    } else res.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
  });
  onTestFinished(() => backend.close());
  const gateway = await startGateway(backend.url, { ...INSERTING, ...options });
  /** Heartbeats that the streams ended so far have got. */
  const heartbeats = () => gateway.log.reduce((sum, line) => sum + (line.heartbeats ?? 0), 0);
  return { gateway, url: gateway.running.url, heartbeats, asked };
}

/** At least two in each pause, or this would show nothing. */
const LEAST_BEATS = 2 * (WORDS.length + 1);

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])('with heartbeats and opening lines in a stream with %s', (_name, lineEnd) => {
  it('the OpenAI SDK reads a completion', async () => {
    const { url, gateway, heartbeats } = await startChat(lineEnd);
    const client = new OpenAI({ apiKey: 'none', baseURL: `${url}/stream/v1`, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
    });
    const read: (string | null | undefined)[] = [];
    for await (const piece of stream)
      read.push(piece.choices[0]?.delta.content ?? piece.choices[0]?.finish_reason);
    expect(read).toEqual([...WORDS, 'stop']);
    await gateway.exchange();
    expect(heartbeats()).toBeGreaterThanOrEqual(LEAST_BEATS);
  });

  it('the AI SDK reads a completion', async () => {
    const { url, gateway, heartbeats } = await startChat(lineEnd);
    const provider = createOpenAICompatible({ name: 'local', apiKey: 'none', baseURL: `${url}/stream/v1` });
    const errors: unknown[] = [];
    const result = streamText({
      model: provider('m'),
      prompt: 'hi',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    const read: string[] = [];
    for await (const text of result.textStream) read.push(text);
    expect(errors).toEqual([]);
    expect(read).toEqual(WORDS);
    expect(await result.finishReason).toBe('stop');
    await gateway.exchange();
    expect(heartbeats()).toBeGreaterThanOrEqual(LEAST_BEATS);
  });

  it('eventsource reads every event once, and comes back as soon as the retry field says', async () => {
    const { url, gateway, heartbeats, asked } = await startChat(lineEnd);
    const source = new EventSource(`${url}/stream`);
    onTestFinished(() => source.close());
    const read: [string, string][] = [];
    source.addEventListener('word', ({ data, lastEventId }) => read.push([lastEventId, data]));
    source.addEventListener('message', ({ data }) => read.push(['no event has this type', data]));
    await once(source as unknown as NodeJS.EventEmitter, 'open');
    while (asked.length < 2) await sleep(20);
    expect(read).toEqual(WORDS.map((word, n) => [String(n + 1), JSON.stringify({ word })]));
    // It came back with the last id, and hardly later than the 50 ms that it was told; its own time is 3 s.
    expect(asked[1]).toBe('3');
    await gateway.exchange();
    expect(heartbeats()).toBeGreaterThanOrEqual(LEAST_BEATS);
  });

  it('eventsource reads a stream behind an early head', async () => {
    const { url, gateway } = await startChat(lineEnd, { earlyHeadMs: 100 });
    const source = new EventSource(`${url}/stream/slow`);
    onTestFinished(() => source.close());
    const read: string[] = [];
    const done = new Promise<void>((resolve) => {
      source.addEventListener('word', ({ lastEventId }) => {
        read.push(lastEventId);
        if (read.length === WORDS.length) resolve();
      });
    });
    await done;
    source.close();
    expect(read).toEqual(['1', '2', '3']);
    expect(await gateway.exchange()).toMatchObject({ earlyHead: 'followed' });
  });
});

it.skipIf(CHROMIUM === undefined)(
  'a browser reads every event once, with heartbeats, opening lines, retry field and early head',
  async () => {
    const { url, asked, heartbeats } = await startChat('\n', { earlyHeadMs: 100 });
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${url}/`);
    const read = await page.evaluate(IN_PAGE);
    expect(read).toEqual(WORDS.map((word, n) => `${n + 1} ${JSON.stringify({ word })}`));
    expect(asked.at(-1)).toBe('3');
    expect(heartbeats()).toBeGreaterThanOrEqual(LEAST_BEATS);
  },
  60_000,
);
