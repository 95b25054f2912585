import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CHROMIUM } from '../demo/browser.ts';
import { startSecureGateway } from './support/secure-gateway.ts';
import { startGateway } from './support/start-gateway.ts';

const SOON = { timeout: 20_000, interval: 50 };

let browser: Browser;

describe.runIf(CHROMIUM !== undefined)('a browser', () => {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM as string,
      args: ['--no-sandbox', '--ignore-certificate-errors', '--disable-background-networking'],
    });
  });
  afterAll(() => browser?.close());

  /** An event source, and a page of its own; `open` is how many streams it has under way. */
  async function startApp() {
    const answers = new Set<{ write(text: string): void; end(): void }>();
    const server = createServer((req, res) => {
      if (!req.url?.startsWith('/stream')) {
        res.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>app</title>');
        return;
      }
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.flushHeaders();
      answers.add(res);
      res.on('close', () => answers.delete(res));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { answers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  async function openPage(url: string): Promise<Page> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(`${url}/`);
    return page;
  }

  /** Opens so many EventSources on the page; what each got is in `window.got`. */
  async function openSources(page: Page, count: number): Promise<void> {
    await page.evaluate(`
      window.got = Array.from({ length: ${count} }, () => []);
      window.sources = window.got.map((list, i) => {
        const source = new EventSource('/stream?n=' + i);
        source.onopen = () => list.push('open');
        source.onmessage = (event) => list.push(event.data);
        source.onerror = () => list.push('error');
        return source;
      });
    `);
  }

  const got = (page: Page): Promise<string[][]> => page.evaluate('window.got') as Promise<string[][]>;

  it('has more than six EventSources to one origin open at once over TLS', async () => {
    const app = await startApp();
    const gateway = await startSecureGateway(app.url);
    const page = await openPage(gateway.running.url);
    await openSources(page, 20);
    await vi.waitFor(() => expect(app.answers.size).toBe(20), SOON);
    // Browsers drop all connections when an interface of the machine comes or goes, and connect again.
    await vi.waitFor(async () => {
      for (const answer of app.answers) answer.write('data: hello\n\n');
      const without = (await got(page)).filter((list) => !list.includes('hello'));
      const closed = gateway.log.filter(({ msg }) => msg === 'HTTP/2 connection closed');
      expect([app.answers.size, without, closed]).toEqual([20, [], []]);
    }, SOON);
    const lines = () => gateway.log.filter(({ path }) => path === '/stream');
    await page.evaluate('window.sources[3].close()');
    await vi.waitFor(() => expect(app.answers.size).toBe(19), SOON);
    expect(lines().at(-1)).toMatchObject({ outcome: 'client-gone', httpVersion: '2.0' });
    expect(gateway.log.filter(({ msg }) => msg.startsWith('a browser has'))).toEqual([]);
    await page.close();
    await vi.waitFor(() => expect(app.answers.size).toBe(0), SOON);
  });

  it('lets the seventh wait over HTTP/1.1', async () => {
    const app = await startApp();
    const gateway = await startGateway(app.url);
    const page = await openPage(gateway.running.url);
    await openSources(page, 7);
    await vi.waitFor(() => expect(app.answers.size).toBe(6), SOON);
    for (const answer of app.answers) answer.write('data: hello\n\n');
    await vi.waitFor(
      async () => expect((await got(page)).filter((list) => list.includes('hello'))).toHaveLength(6),
      SOON,
    );
    const said = () => gateway.log.filter(({ msg }) => msg.startsWith('a browser has as many streams open'));
    await vi.waitFor(() => expect(said()).toMatchObject([{ path: '/stream', streams: 6 }]), SOON);
    expect((await got(page)).filter((list) => list.length === 0)).toHaveLength(1);
    expect(app.answers.size).toBe(6);
    const first = (await got(page)).findIndex((list) => list.length > 0);
    await page.evaluate(`window.sources[${first}].close()`);
    await vi.waitFor(
      async () => expect((await got(page)).filter((list) => list.length === 0)).toEqual([]),
      SOON,
    );
  });

  it('gets what had come of a stream that broke off, then connects again', async () => {
    const app = await startApp();
    const gateway = await startSecureGateway(app.url);
    const page = await openPage(gateway.running.url);
    await openSources(page, 1);
    await vi.waitFor(() => expect(app.answers.size).toBe(1), SOON);
    const [answer] = app.answers;
    answer?.write('retry: 10\ndata: last\n\n');
    await vi.waitFor(async () => expect(await got(page)).toEqual([['open', 'last']]), SOON);
    (answer as unknown as { destroy(): void }).destroy();
    await vi.waitFor(
      async () => expect((await got(page))[0]).toEqual(['open', 'last', 'error', 'open']),
      SOON,
    );
  });
});
