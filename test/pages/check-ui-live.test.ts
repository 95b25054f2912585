import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { CHROMIUM, collectComplaints, launchBrowser } from '../support/browser.ts';
import { wasEmpty, watchLane } from '../support/check-page.ts';
import { startTestNginx, type TestNginx } from '../support/nginx.ts';
import { hasTool } from '../support/tools.ts';

const CHECK = '.well-known/unclog/';

describe.runIf(CHROMIUM !== undefined && hasTool('nginx'))('the check page behind a stock nginx', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let origin: RunningOrigin;
  let nginx: TestNginx;

  beforeAll(async () => {
    mkdirSync('.tmp/screenshots', { recursive: true });
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
    [browser, nginx] = await Promise.all([launchBrowser(), startTestNginx({ upstream: origin.url })]);
  });
  afterAll(async () => {
    await browser.close();
    await nginx.close();
    await origin.close();
  });

  it('shows events sent and none arrived, then all of them at once, and a link opens to the same', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const complaints = collectComplaints(page);
    const moments = await watchLane(page, 'fetch');
    await page.goto(new URL(CHECK, `${nginx.url}/`).href);
    const lane = page.locator('[data-lane="fetch"]');
    await lane.locator('.missing').nth(7).waitFor();
    await page.screenshot({ path: '.tmp/screenshots/check-live-empty.png' });

    await page.locator('main[data-state="done"]').waitFor({ timeout: 60_000 });
    expect(wasEmpty(await moments())).toBe(true);
    expect(await lane.locator('path.arrived').count()).toBe(20);
    await lane.getByText('20 at once').waitFor();
    const headline = await page.getByRole('heading', { level: 1 }).textContent();
    expect(headline).toMatch(/^Something between you and 127\.0\.0\.1:\d+ holds streams up$/);
    await page.screenshot({ path: '.tmp/screenshots/check-live-held.png' });

    await page.evaluate('navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }');
    await page.getByRole('button', { name: 'Copy a link to this result' }).click();
    const link = await page.evaluate<string>('copied');
    const support = await browser.newPage();
    await support.goto(link);
    await support.getByText('Somebody else’s result.').waitFor();
    expect(await support.getByRole('heading', { level: 1 }).textContent()).toBe(headline);
    expect(await support.locator('[data-lane="fetch"] path.arrived').count()).toBe(20);
    // Cut off on purpose, to see whether an EventSource goes on; Chromium reports that.
    expect(complaints.filter((text) => !text.includes('ERR_INCOMPLETE_CHUNKED_ENCODING'))).toEqual([]);
  }, 90_000);
});
