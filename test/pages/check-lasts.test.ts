import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { checkRecord } from '../../src/pages/check/fixtures.ts';
import { writeFragment } from '../../src/pages/check/fragment.ts';
import { CHROMIUM, collectComplaints, launchBrowser } from '../support/browser.ts';
import { startTestNginx } from '../support/nginx.ts';
import { closedPort } from '../support/test-server.ts';
import { hasTool } from '../support/tools.ts';

const CHECK = '/.well-known/unclog/';
const LOCAL = { host: '127.0.0.1', port: 0 };

/** A check takes ten seconds. On a machine that is busy all the while streams are late for no other reason: once more, then. */
const WITHIN = { timeout: 180_000, retry: 2 };

describe.runIf(CHROMIUM !== undefined && hasTool('nginx'))('the check page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  const headline = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();
  const done = (page: Page) => page.locator('main[data-state="done"]').waitFor({ timeout: 60_000 });

  it.concurrent('goes on with the next event when the server is killed and comes back', WITHIN, async () => {
    const port = await closedPort();
    const listen = { host: '127.0.0.1', port };
    const first = await createOrigin({ listen });
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${first.url}${CHECK}`, { timeout: 60_000 });
    await page.locator('[data-lane="eventsource"] path.arrived').nth(5).waitFor({ state: 'attached' });
    await first.close();
    await page.getByText('connection lost, trying again').first().waitFor();
    const second = await createOrigin({ listen });
    await done(page);
    // All 20 of the EventSource: it was told where to go on. The fetch streams have nobody who reconnects them.
    expect(await page.locator('[data-lane="eventsource"] path.arrived').count()).toBe(20);
    expect(await page.locator('[data-lane="fetch"] path.arrived').count()).toBeLessThan(20);
    expect(await headline(page)).toContain('cuts streams off');
    await second.close();
  });

  it.concurrent('finds a proxy that cuts quiet streams, and counts the silence down', WITHIN, async () => {
    const origin = await createOrigin({ listen: LOCAL });
    const location = 'proxy_buffering off; proxy_read_timeout 3s;';
    const nginx = await startTestNginx({ upstream: origin.url, location });
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${nginx.url}${CHECK}`, { timeout: 60_000 });
    await done(page);
    expect(await headline(page)).toContain('arrive here in time');
    await page.getByRole('button', { name: 'Test with a quiet stretch' }).click();
    await page.getByText(/quiet on purpose: \d+ s left/).waitFor({ timeout: 60_000 });
    await done(page);
    expect(await headline(page)).toContain('cuts streams off');
    await page.getByText('The stream is cut when it is quiet').first().waitFor();
    await nginx.close();
    await origin.close();
  });

  it.concurrent('shows a result out of a link without asking the server for anything', WITHIN, async () => {
    const origin = await createOrigin({ listen: LOCAL });
    const page = await (await browser.newContext()).newPage();
    const complaints = collectComplaints(page);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const fragment = await writeFragment(checkRecord('held-in-their-network'));
    await page.goto(`${origin.url}${CHECK}${fragment}`);
    await page.getByText('Somebody else’s result.').waitFor();
    expect(await headline(page)).toBe('Your network holds streams up');
    expect(await page.locator('[data-lane="fetch"] path.arrived').count()).toBe(20);
    expect(asked).toEqual([CHECK]);
    expect(complaints).toEqual([]);
    await origin.close();
  });

  it.concurrent('shows what a link carries as text, whatever it is', WITHIN, async () => {
    const origin = await createOrigin({ listen: LOCAL });
    const page = await (await browser.newContext()).newPage();
    const complaints = collectComplaints(page);
    const record = checkRecord('held-until-close');
    const evil = '<img src=x onerror="document.title=\'owned\'">';
    for (const { observation } of record.lanes)
      if (observation.response !== null) observation.response.headers = [['content-type', evil]];
    await page.goto(`${origin.url}${CHECK}${await writeFragment(record)}`);
    await page.getByText(evil).first().waitFor({ state: 'attached' });
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
    for (const broken of ['#r=1.AAAA', '#r=9.x', `#r=1.${'A'.repeat(30_000)}`, '#r=0.bnVsbA']) {
      await page.goto(`${origin.url}${CHECK}plain`, { waitUntil: 'commit' });
      await page.goto(`${origin.url}${CHECK}${broken}`);
      await page.getByText('This link holds no result that can be read').waitFor();
    }
    expect(complaints).toEqual([]);
    await origin.close();
  });

  it.concurrent(
    'without script leads to lines that fill one by one, and says so behind an nginx that holds',
    WITHIN,
    async () => {
      const origin = await createOrigin({ listen: LOCAL });
      const nginx = await startTestNginx({ upstream: origin.url });
      const context = await browser.newContext({ javaScriptEnabled: false });
      const direct = await context.newPage();
      await direct.goto(`${origin.url}${CHECK}`);
      await direct.getByRole('link', { name: 'the same check without script' }).click({ noWaitAfter: true });
      const behind = await context.newPage();
      const held = behind.goto(`${nginx.url}${CHECK}plain`, { waitUntil: 'commit' });
      // Lockstep: the third line is here before the last one is sent.
      await direct.locator('tbody tr').nth(2).waitFor();
      expect(await direct.locator('tbody tr').count()).toBeLessThan(12);
      expect(await direct.getByRole('heading', { name: 'Result' }).count()).toBe(0);
      await direct.getByText('In time: your browser had each line shortly after it was sent.').waitFor();
      expect(await direct.locator('tbody tr').count()).toBe(12);
      await held;
      await behind.getByText(/^Held(: \d+ of 12 lines|, or no pictures)/).waitFor();
      await context.close();
      await nginx.close();
      await origin.close();
    },
  );
});
