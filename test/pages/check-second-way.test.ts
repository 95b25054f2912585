import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { startTestNginx, type TestNginx } from '../support/nginx.ts';
import { closedPort } from '../support/test-server.ts';
import { hasTool } from '../support/tools.ts';

const CHECK = '/.well-known/unclog/';

/** A check takes ten seconds. On a machine that is busy all the while streams are late for no other reason: once more, then. */
const WITHIN = { timeout: 180_000, retry: 2 };

describe.runIf(CHROMIUM !== undefined && hasTool('nginx'))('the second way of the check page', () => {
  let browser: Browser;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    for (const close of closing.reverse()) await close();
  });

  /**
   * An origin whose page (at `page`) compares with another origin; each may have a stock nginx in front. The other one
   * answers the page's origin only.
   */
  async function start(
    front: { held: boolean },
    second: { held: boolean; allows?: boolean },
  ): Promise<string> {
    const port = await closedPort();
    const ownPort = front.held ? null : port;
    // The page's origin has to be known to the second one before the first one is there.
    const nginxed: { url: string } = { url: '' };
    const originPort = ownPort ?? (await closedPort());
    if (front.held) {
      const nginx = await nginxTo(`http://127.0.0.1:${originPort}`);
      nginxed.url = nginx.url;
    }
    const pageOrigin = front.held ? nginxed.url : `http://127.0.0.1:${port}`;
    const other = await createOrigin({
      listen: { host: '127.0.0.1', port: 0 },
      allowOrigin: [second.allows === false ? 'https://elsewhere.example' : pageOrigin],
    });
    closing.push(() => other.close());
    const way = second.held ? (await nginxTo(other.url)).url : other.url;
    const own = await createOrigin({
      listen: { host: '127.0.0.1', port: originPort },
      compareOrigin: way,
    });
    closing.push(() => own.close());
    return pageOrigin;
  }

  async function nginxTo(upstream: string): Promise<TestNginx> {
    const nginx = await startTestNginx({ upstream });
    closing.push(() => nginx.close());
    return nginx;
  }

  async function check(base: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${base}${CHECK}`, { timeout: 60_000 });
    await page.locator('main[data-state="done"]').waitFor({ timeout: 60_000 });
    return page;
  }

  const headline = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();

  describe('where something is late', () => {
    it.concurrent('only ours late: our edge', WITHIN, async () => {
      const page = await check(await start({ held: true }, { held: false }));
      expect(await headline(page)).toMatch(
        /^The way into 127\.0\.0\.1:\d+ holds streams up, not your network$/,
      );
    });

    it.concurrent('both late: your network, with a text for those who run it', WITHIN, async () => {
      const page = await check(await start({ held: true }, { held: true }));
      expect(await headline(page)).toBe('Your network holds streams up');
      expect(await page.locator('body').innerHTML()).toContain('Please exempt 127.0.0.1:');
    });
  });

  describe('where nothing is late', () => {
    it.concurrent('neither late: the client code', WITHIN, async () => {
      const page = await check(await start({ held: false }, { held: false }));
      expect(await headline(page)).toBe('Streams arrive here in time, on both ways');
    });

    it.concurrent('a second origin that does not name this page tells it nothing', WITHIN, async () => {
      const page = await check(await start({ held: false }, { held: false, allows: false }));
      expect(await headline(page)).toContain('arrive here in time');
      expect(await page.locator('body').innerText()).toContain('could not open the stream');
    });
  });
});
