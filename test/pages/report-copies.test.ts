import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { formatJson } from '../../src/report/json.ts';
import { reportSchema } from '../../src/report/schema.ts';
import type { Report } from '../../src/types.ts';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { HOSTILE, withTexts } from '../support/hostile.ts';
import { finding, fix, heldReport, hopFacts, reportOf } from '../support/report-builder.ts';
import { createReportDesk, type ReportDesk } from '../support/report-pages.ts';

const LINES = 'location / {\n    proxy_buffering off;   # "quoted" <&>\n}';

describe.skipIf(CHROMIUM === undefined)('what can be taken out of the report', () => {
  let browser: Browser;
  let desk: ReportDesk;
  beforeAll(async () => {
    browser = await launchBrowser();
    desk = await createReportDesk(browser);
  });
  afterAll(async () => {
    await browser?.close();
    await desk?.close();
  });

  async function open(report: Report): Promise<Page> {
    const { page, complaints, requests } = await desk.open(report, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    onTestFinished(async () => {
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !/^(file|blob):/.test(url))).toEqual([]);
      await page.context().close();
    });
    return page;
  }
  const clipboard = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()');

  it('each fix, and the next command, line for line', async () => {
    const findings = [finding({ fixes: [fix({ change: LINES }), fix({ change: 'X-Accel-Buffering: no' })] })];
    const next = 'unclog probe --experiment "edge=http://127.0.0.1:8081/a b"';
    const page = await open(reportOf([hopFacts()], findings, { next }));
    await page.getByText('Other fixes: 1').click();
    const buttons = page.locator('.code button');
    const copied: string[] = [];
    for (const button of await buttons.all()) {
      await button.click();
      await expect.poll(() => button.textContent()).toBe('Copied');
      copied.push(await clipboard(page));
    }
    expect(copied).toEqual([LINES, LINES, 'X-Accel-Buffering: no', next]);
    expect(await page.getByRole('status').filter({ hasText: 'Copied' }).count()).toBeGreaterThan(0);
    // The word stays for a few seconds.
    await expect.poll(() => buttons.first().textContent(), { timeout: 15_000 }).toBe('Copy');
  });

  it.each([
    ['as it is', heldReport()],
    [
      'with what a hostile server sends',
      withTexts(heldReport(), `${HOSTILE.replace('\ud800', '')}</script><!--`),
    ],
  ])('the report %s, as JSON that its schema accepts', async (_, report) => {
    const page = await open(report);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download JSON' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('unclog-report-2026-01-31-12-00-00.json');
    const text = readFileSync(await download.path(), 'utf8');
    expect(text).toBe(formatJson(report));
    expect(reportSchema.parse(JSON.parse(text))).toEqual(report);
    await page.getByRole('button', { name: 'Copy JSON' }).click();
    await expect.poll(() => clipboard(page)).toBe(formatJson(report));
  });

  it('nothing that a hostile server sent runs, or becomes a part of the page', async () => {
    const page = await open(withTexts(heldReport(), HOSTILE));
    page.on('dialog', () => expect.unreachable('a script of the server ran'));
    expect(await page.locator('img, iframe, object').count()).toBe(0);
    const links = await page
      .locator('a')
      .evaluateAll((found) => found.map((link) => link.getAttribute('href')));
    expect(links.filter((href) => !/^(https?:|#)/.test(href ?? ''))).toEqual([]);
    expect(await page.locator('h1').textContent()).toContain('<script>alert(1)</script>');
  });
});
