import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Where Debian puts it. Null: no browser here. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  },
);

/** One page in a real browser. */
export interface BrowserPage {
  /** Value of an expression on the page. */
  evaluate(expression: string): Promise<unknown>;
  /** What the browser complained about: blocked by policy, exceptions, failed requests. */
  complaints: readonly string[];
  close(): Promise<void>;
}

type Send = (method: string, params?: object) => Promise<Record<string, unknown>>;

/** Opens a page in headless Chromium, driven over a pipe (Chrome DevTools Protocol). */
export async function openPage(url: string): Promise<BrowserPage> {
  const profile = await mkdtemp(join(tmpdir(), 'unclog-chromium-'));
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--remote-debugging-pipe',
  ];
  const child = spawn(CHROMIUM ?? 'chromium', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    // Its helper processes go with the group.
    detached: true,
  });
  const complaints: string[] = [];
  const connection = connectTo(child, (method, params) => {
    if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown')
      complaints.push(JSON.stringify(params));
  });
  const { targetId } = await connection.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await connection.send('Target.attachToTarget', { targetId, flatten: true });
  const page: Send = (method, params = {}) => connection.send(method, params, String(sessionId));
  for (const domain of ['Log', 'Runtime', 'Page']) await page(`${domain}.enable`);
  await page('Page.navigate', { url });
  return {
    complaints,
    async evaluate(expression) {
      const answer = await page('Runtime.evaluate', { expression, returnByValue: true });
      return (answer.result as { value?: unknown }).value;
    },
    async close() {
      const gone = new Promise((resolve) => child.once('close', resolve));
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

function connectTo(child: ChildProcess, onEvent: (method: string, params: unknown) => void) {
  const [, , , input, output] = child.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  let lastId = 0;
  let rest = '';
  input.on('error', () => {});
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const one of messages) {
      const message = JSON.parse(one);
      if (message.id === undefined) onEvent(message.method, message.params);
      else waiting.get(message.id)?.(message.result ?? {});
    }
  });
  const send = (method: string, params: object, sessionId?: string) =>
    new Promise<Record<string, unknown>>((resolve) => {
      lastId += 1;
      waiting.set(lastId, resolve);
      input.write(`${JSON.stringify({ id: lastId, method, params, sessionId })}\0`);
    });
  return { send };
}
