import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { axeViolations } from '../support/axe.ts';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { serveReplayPage } from '../support/replay-page.ts';

interface Look {
  width: number;
  height: number;
  colorScheme: 'light' | 'dark';
}

const PHONE = { width: 320, height: 640 };
const LAPTOP = { width: 1280, height: 800 };
const PROJECTOR = { width: 1920, height: 1080 };

/** Contrast depends on the theme and layout on the width: every pair of both with some view. */
const SOME_LOOKS: Look[] = [
  { ...PHONE, colorScheme: 'dark' },
  { ...LAPTOP, colorScheme: 'light' },
];
const OTHER_LOOKS: Look[] = [
  { ...PHONE, colorScheme: 'light' },
  { ...LAPTOP, colorScheme: 'dark' },
  { ...PROJECTOR, colorScheme: 'light' },
];
const ALL_LOOKS: Look[] = [...SOME_LOOKS, ...OTHER_LOOKS, { ...PROJECTOR, colorScheme: 'dark' }];

/** With UNCLOG_SCREENSHOTS=1 every look is written to .tmp/screenshots. */
const KEEP = process.env.UNCLOG_SCREENSHOTS !== undefined;

/** What there is to see: name, address, and what shows that it is there. */
const VIEWS: [name: string, looks: Look[], query: string, sign: string][] = [
  ['running', SOME_LOOKS, '?scenario=held-at-our-edge&speed=0.5', '.missing'],
  ['held', OTHER_LOOKS, '?scenario=held-until-close&speed=100', 'main[data-state=done] .share'],
  ['streaming', SOME_LOOKS, '?scenario=all-well-both-ways&speed=100', 'main[data-state=done] .share'],
  ['blocked', SOME_LOOKS, '?scenario=blocked&speed=100', 'main[data-state=done] .share'],
  ['shared', SOME_LOOKS, '?scenario=cut-when-idle#shared', '.notice'],
  ['bad-link', ALL_LOOKS, '#nonsense', 'main[data-state=bad-link]'],
];

describe.runIf(CHROMIUM !== undefined)('the check page, in light and dark and at every width,', () => {
  let browser: Browser;
  let replay: Awaited<ReturnType<typeof serveReplayPage>>;

  beforeAll(async () => {
    mkdirSync('.tmp/screenshots', { recursive: true });
    [browser, replay] = await Promise.all([launchBrowser(), serveReplayPage()]);
  });
  afterAll(async () => {
    replay.close();
    await browser.close();
  });

  it.each(VIEWS)(
    'gives axe nothing to complain of, and fits: %s',
    { timeout: 90_000 },
    async (name, looks, query, sign) => {
      const page = await browser.newPage({ reducedMotion: 'reduce' });
      onTestFinished(() => page.close());
      await page.goto(`${replay.url}${query}`);
      await page.locator(sign).first().waitFor();
      const contentWidth = () => page.evaluate<number>('document.documentElement.scrollWidth');
      for (const { colorScheme, ...size } of KEEP ? ALL_LOOKS : looks) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme });
        const look = `check-${name}-${size.width}-${colorScheme}`;
        if (KEEP) await page.screenshot({ path: `.tmp/screenshots/${look}.png`, fullPage: true });
        expect(await axeViolations(page), look).toEqual([]);
        expect(await contentWidth(), look).toBeLessThanOrEqual(size.width);
      }
      await page.setViewportSize({ width: 3840, height: 2160 });
      expect(await contentWidth()).toBeLessThanOrEqual(3840);
    },
  );

  it('shows the answer, the numbers and a first lane on a phone and on a projector without scrolling', async () => {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(`${replay.url}?scenario=held-until-close&speed=100`);
    await page.locator('main[data-state=done]').waitFor();
    const bottom = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => element.getBoundingClientRect().bottom);
    await page.setViewportSize({ width: 320, height: 640 });
    await page.screenshot({ path: '.tmp/screenshots/check-fold-320.png' });
    expect(await bottom('.counters')).toBeLessThanOrEqual(640);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.screenshot({ path: '.tmp/screenshots/check-fold-1280.png' });
    expect(await bottom('.lane')).toBeLessThanOrEqual(800);
  });
});
