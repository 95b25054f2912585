import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';
import { EventSource } from 'eventsource';
import OpenAI from 'openai';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { startTestServer } from '../support/test-server.ts';
import { startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 20_000, interval: 10 };
/** What clients are asked to wait at most, and half of it at least. Their own times are 3 s and more. */
const RETRY_MS = 800;
const DRAIN = { drainTimeoutMs: 400, drainRetryMs: RETRY_MS };

const PAGE = '<!doctype html><title>events</title>';

/** Runs in the browser: notes what its own EventSource gets. */
const IN_PAGE = `
  window.read = [];
  window.opened = [];
  const source = new EventSource('/stream');
  source.onopen = () => window.opened.push(performance.now());
  source.onerror = () => window.opened.push('error ' + source.readyState);
  source.onmessage = ({ data, lastEventId }) => window.read.push(lastEventId + ' ' + data);
`;

const completion = (content: string): string =>
  `data: ${JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }],
  })}\n\n`;

/** A backend that speaks without end: numbered events, words of a completion, or a page. */
async function startBackend() {
  /** When a stream was asked for, and from which event on. */
  const asked: { atMs: number; after: number }[] = [];
  let ended = 0;
  const backend = await startTestServer((req, res) => {
    if (!req.url?.startsWith('/stream')) {
      res.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
      return;
    }
    let n = Number(req.headers['last-event-id'] ?? 0);
    asked.push({ atMs: performance.now(), after: n });
    req.resume();
    res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    const timer = setInterval(() => {
      n++;
      res.write(req.method === 'POST' ? completion(`word${n} `) : `id: ${n}\ndata: event ${n}\n\n`);
    }, 20);
    res.on('close', () => {
      clearInterval(timer);
      ended++;
    });
  });
  onTestFinished(() => backend.close());
  return { url: backend.url, asked, ended: () => ended };
}

/** Shuts the gateway down under its clients; returns when, with one in its place on the same port. */
async function replace(gateway: Awaited<ReturnType<typeof startGateway>>, backendUrl: string) {
  await gateway.running.close();
  const endedAtMs = performance.now();
  await startGateway(backendUrl, { ...DRAIN, listen: gateway.address });
  return endedAtMs;
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i} event ${from + i}`);

it('eventsource comes back after the time that a drain asks for, and goes on where it was', async () => {
  const backend = await startBackend();
  const gateway = await startGateway(backend.url, DRAIN);
  const source = new EventSource(`${gateway.running.url}/stream`);
  onTestFinished(() => source.close());
  const read: string[] = [];
  source.addEventListener('message', ({ data, lastEventId }) => read.push(`${lastEventId} ${data}`));
  await vi.waitUntil(() => read.length > 2, SOON);
  await replace(gateway, backend.url);
  const line = gateway.log.find(({ msg, path }) => msg === 'exchange' && path === '/stream');
  expect(line).toMatchObject({ outcome: 'drained' });
  const before = read.length;
  await vi.waitUntil(() => backend.asked.length === 2, SOON);
  await vi.waitUntil(() => read.length > before + 2, SOON);
  source.close();
  expect(read).toEqual(numbered(1, read.length));
  expect(backend.asked[1]?.after).toBe(before);
});

it('eventsource waits for at least half of that time, and less than its own', async () => {
  const backend = await startBackend();
  const gateway = await startGateway(backend.url, DRAIN);
  const source = new EventSource(`${gateway.running.url}/stream`);
  onTestFinished(() => source.close());
  let errorAtMs = 0;
  source.addEventListener('error', () => {
    errorAtMs ||= performance.now();
  });
  await vi.waitUntil(() => backend.asked.length === 1, SOON);
  await replace(gateway, backend.url);
  await vi.waitUntil(() => backend.asked.length === 2, SOON);
  const waitedMs = (backend.asked[1]?.atMs ?? 0) - errorAtMs;
  // Node's timers count whole milliseconds.
  expect(waitedMs).toBeGreaterThan(RETRY_MS / 2 - 2);
  expect(waitedMs).toBeLessThan(3_000);
});

it('the OpenAI SDK reads what had come, and takes a drain for the end', async () => {
  const backend = await startBackend();
  const gateway = await startGateway(backend.url, DRAIN);
  const client = new OpenAI({ apiKey: 'none', baseURL: `${gateway.running.url}/stream/v1`, maxRetries: 0 });
  const stream = await client.chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
  });
  const words: string[] = [];
  let closed: Promise<void> | null = null;
  for await (const piece of stream) {
    words.push(piece.choices[0]?.delta.content ?? '');
    if (words.length === 3) closed = gateway.running.close();
  }
  await closed;
  expect(words).toEqual(words.map((_, i) => `word${i + 1} `));
  expect(words.length).toBeGreaterThanOrEqual(3);
  expect(await gateway.exchange()).toMatchObject({ outcome: 'drained' });
});

it('the AI SDK reads what had come, and says that the end is missing', async () => {
  const backend = await startBackend();
  const gateway = await startGateway(backend.url, DRAIN);
  const provider = createOpenAICompatible({
    name: 'local',
    apiKey: 'none',
    baseURL: `${gateway.running.url}/stream/v1`,
  });
  const errors: unknown[] = [];
  const result = streamText({
    model: provider('m'),
    prompt: 'hi',
    maxRetries: 0,
    onError: ({ error }) => void errors.push(error),
  });
  const words: string[] = [];
  let closed: Promise<void> | null = null;
  for await (const text of result.textStream) {
    words.push(text);
    if (words.length === 3) closed = gateway.running.close();
  }
  await closed;
  // One of its own, for a completion without its last piece: nothing that it could not read.
  expect(errors).toEqual([
    expect.objectContaining({ message: 'Response stream ended without a finish reason.' }),
  ]);
  expect(words).toEqual(words.map((_, i) => `word${i + 1} `));
  expect(await gateway.exchange()).toMatchObject({ outcome: 'drained' });
});

it.skipIf(CHROMIUM === undefined)(
  'a browser comes back after the time that a drain asks for, and goes on where it was',
  async () => {
    const backend = await startBackend();
    const gateway = await startGateway(backend.url, DRAIN);
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${gateway.running.url}/`);
    await page.evaluate(IN_PAGE);
    const read = () => page.evaluate('window.read') as Promise<string[]>;
    await vi.waitFor(async () => expect((await read()).length).toBeGreaterThan(2), SOON);
    const endedAtMs = await replace(gateway, backend.url);
    await vi.waitUntil(() => backend.asked.length === 2, SOON);
    const before = backend.asked[1]?.after ?? 0;
    // It ended before the gateway did: what is left of the shortest wait is hardly to be bounded, the longest is.
    expect((backend.asked[1]?.atMs ?? 0) - endedAtMs).toBeLessThan(2_500);
    await vi.waitFor(async () => expect((await read()).length).toBeGreaterThan(before + 2), SOON);
    const all = await read();
    expect(all).toEqual(numbered(1, all.length));
    // CONNECTING, not CLOSED.
    expect(await page.evaluate('window.opened')).toEqual([expect.any(Number), 'error 0', expect.any(Number)]);
  },
  60_000,
);
