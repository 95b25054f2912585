import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { formatHtml } from '../../src/report/html.ts';
import type { Report } from '../../src/types.ts';
import { collectComplaints } from './browser.ts';

/** Where screenshots go, for people to look at; git ignores it. */
const SCREENSHOTS = fileURLToPath(new URL('../../.tmp/screenshots/', import.meta.url));

export interface OpenReport {
  page: Page;
  /** Exceptions, and what the policy blocked. */
  complaints: readonly string[];
  /** Every address that was asked for. */
  requests: readonly string[];
}

/** Opens HTML reports as people do: from a file. */
export interface ReportDesk {
  open(report: Report | string, options?: BrowserContextOptions): Promise<OpenReport>;
  close(): Promise<void>;
}

/** How much wider than the window the page is, in pixels. */
export function tooWide(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}

/** @param browser is not closed with the desk */
export async function createReportDesk(browser: Browser): Promise<ReportDesk> {
  const folder = await mkdtemp(join(tmpdir(), 'unclog-page-'));
  let files = 0;
  return {
    async open(report, options = {}) {
      files += 1;
      const file = join(folder, `report-${files}.html`);
      writeFileSync(file, typeof report === 'string' ? report : formatHtml(report));
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      const complaints = collectComplaints(page);
      await page.goto(pathToFileURL(file).href);
      return { page, complaints, requests };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Writes `.tmp/screenshots/NAME.png`. */
export async function screenshot(page: Page, name: string, fullPage = true): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage });
}
