import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readTemplate } from '../../bench/build.ts';
import { judgeGoals } from '../../bench/goals.ts';
import { renderHtml } from '../../bench/html.ts';
import type { Results } from '../../bench/results.ts';
import { summarise } from '../../bench/summary.ts';
import { axeViolations } from '../support/axe.ts';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { createReportDesk, type ReportDesk, screenshot, tooWide } from '../support/report-pages.ts';

const RESULTS = JSON.parse(
  readFileSync(new URL('../../docs/benchmark.json', import.meta.url), 'utf8'),
) as Results;
const TEMPLATE = readTemplate(fileURLToPath(new URL('../../dist/pages', import.meta.url)));

function htmlOf(results: Results): string {
  const summaries = summarise(results);
  return renderHtml(TEMPLATE, results, summaries, judgeGoals(summaries));
}

describe.skipIf(CHROMIUM === undefined)("the page of the bench's results", () => {
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

  async function open(results = RESULTS, options: Parameters<ReportDesk['open']>[1] = {}): Promise<Page> {
    const { page, complaints, requests } = await desk.open(htmlOf(results), options);
    onTestFinished(async () => {
      expect(complaints).toEqual([]);
      expect(requests).toHaveLength(1);
      await page.context().close();
    });
    return page;
  }

  it('draws a chart for each scenario, best first, with the numbers of the table', async () => {
    const page = await open();
    expect(await page.locator('.chart svg').count()).toBe(RESULTS.scenarios.length);
    const first = page.locator('section').first();
    const names = await first.locator('.chart .name').allTextContents();
    const texts = await first.locator('.chart .value').allTextContents();
    const values = texts.map((text) => Number.parseFloat(text));
    expect(names).toContain('unclog gateway');
    expect(values).toEqual([...values].sort((a, b) => a - b));
    const cells = await first
      .getByRole('row', { name: /^unclog gateway/ })
      .getByRole('cell')
      .allTextContents();
    expect(cells[0]).toBe(texts[names.indexOf('unclog gateway')]);
  });

  it('shows another figure when one is chosen, best first again', async () => {
    const page = await open();
    const bulk = page
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: /Bulk.*100 B/ }) })
      .first();
    await bulk.getByRole('combobox', { name: 'Figure' }).selectOption({ label: 'events/s (k)' });
    await expect.poll(() => bulk.locator('.choice .note').textContent()).toBe('higher is better');
    const values = (await bulk.locator('.chart .value').allTextContents()).map((text) =>
      Number.parseFloat(text.replaceAll(',', '')),
    );
    expect(values.length).toBeGreaterThan(3);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  it.each([
    [320, 'light'],
    [1280, 'dark'],
  ] as const)(
    'axe finds nothing at %i px, %s, and nothing is wider',
    async (width, colorScheme) => {
      const page = await open(
        { ...RESULTS, scenarios: RESULTS.scenarios.slice(0, 3) },
        { viewport: { width, height: 800 }, colorScheme },
      );
      expect(await axeViolations(page)).toEqual([]);
      expect(await tooWide(page)).toBeLessThanOrEqual(0);
      await screenshot(page, `bench-${width}-${colorScheme}`, false);
    },
    60_000,
  );

  it('takes names as text', async () => {
    const name = '</script><img src=x onerror=alert(1)>';
    const targets = RESULTS.targets.map((target) => ({ ...target, name }));
    const page = await open({ ...RESULTS, targets });
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.chart .name').first().textContent()).toBe(name);
  });
});
