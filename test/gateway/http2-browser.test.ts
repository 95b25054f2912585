import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { startSecureGateway } from './support/secure-gateway.ts';
import { startGateway } from './support/start-gateway.ts';

/** A browser on a busy machine takes its time; each test has room for several of these. */
const SOON = { timeout: 40_000, interval: 50 };
const PATIENT = 120_000;

let browser: Browser;

describe.runIf(CHROMIUM !== undefined)('a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser('--ignore-certificate-errors');
  });
  afterAll(() => browser?.close());

  /** An event source, and a page of its own; `open` is how many streams it has under way. */
  async function startApp() {
    const answers = new Set<ServerResponse>();
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

  it('has more than six EventSources to one origin open at once over TLS', { timeout: PATIENT }, async () => {
    const app = await startApp();
    const gateway = await startSecureGateway(app.url);
    const page = await openPage(gateway.running.url);
    await openSources(page, 20);
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
    await vi.waitFor(
      () => expect(lines().at(-1)).toMatchObject({ outcome: 'client-gone', httpVersion: '2.0' }),
      SOON,
    );
    expect(gateway.log.filter(({ msg }) => msg.startsWith('a browser has'))).toEqual([]);
    await page.close();
    await vi.waitFor(() => expect(app.answers.size).toBe(0), SOON);
  });

  it('lets the seventh wait over HTTP/1.1', { timeout: PATIENT }, async () => {
    const app = await startApp();
    const gateway = await startGateway(app.url);
    const page = await openPage(gateway.running.url);
    await openSources(page, 7);
    /** How many streams the browser waits for, and how many the application has; never more than six. */
    const state = async () => {
      for (const answer of app.answers) answer.write('data: hello\n\n');
      const states = (await page.evaluate('window.sources.map(({ readyState }) => readyState)')) as number[];
      expect(app.answers.size).toBeLessThanOrEqual(6);
      return { waiting: states.filter((one) => one === 0).length, open: app.answers.size };
    };
    await vi.waitFor(async () => expect(await state()).toEqual({ waiting: 1, open: 6 }), SOON);
    const said = () => gateway.log.filter(({ msg }) => msg.startsWith('a browser has as many streams open'));
    await vi.waitFor(() => expect(said()).toMatchObject([{ path: '/stream', streams: 6 }]), SOON);
    // As long as six are open, and the browser has not dropped them all, the same one waits.
    await vi.waitFor(async () => expect(await state()).toEqual({ waiting: 1, open: 6 }), SOON);
    await page.evaluate('window.sources.find(({ readyState }) => readyState === 1).close()');
    await vi.waitFor(async () => expect(await state()).toEqual({ waiting: 0, open: 6 }), SOON);
    await vi.waitFor(
      async () => expect((await got(page)).filter((list) => !list.includes('hello'))).toEqual([]),
      SOON,
    );
  });

  it('gets what had come of a stream that broke off, then connects again', { timeout: PATIENT }, async () => {
    const app = await startApp();
    const gateway = await startSecureGateway(app.url);
    const page = await openPage(gateway.running.url);
    await openSources(page, 1);
    const events = async () => (await got(page))[0]?.join(' ') ?? '';
    // Until the browser has had the event that the break comes behind, on whichever connection.
    let last: ServerResponse | undefined;
    await vi.waitFor(async () => {
      const [answer] = app.answers;
      if (answer !== last) answer?.write('retry: 10\ndata: last\n\n');
      last = answer;
      expect(await events()).toMatch(/last$/);
    }, SOON);
    const before = await events();
    last?.destroy();
    await vi.waitFor(async () => {
      const after = await events();
      expect(after.slice(0, before.length)).toBe(before);
      expect(after.slice(before.length)).toMatch(/^( error)+ open/);
    }, SOON);
  });
});
