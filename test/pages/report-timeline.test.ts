import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Report } from '../../src/types.ts';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { heldReport, holds, hopFacts, reportOf, steady } from '../support/report-builder.ts';
import { createReportDesk, type ReportDesk } from '../support/report-pages.ts';

/** Arrives at 500 ms, 1,000 ms and so on, an upper number of milliseconds late each time. */
function lateReport(events = 20): Report {
  return reportOf([
    hopFacts({ name: 'pod', arrivalsMs: steady(events, 500), holds: holds(...steady(events, 10)) }),
  ]);
}

describe.skipIf(CHROMIUM === undefined)('the timeline of the report', () => {
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
    const { page, complaints } = await desk.open(report, { reducedMotion: 'reduce' });
    onTestFinished(async () => {
      expect(complaints).toEqual([]);
      await page.context().close();
    });
    return page;
  }

  const lane = (page: Page, name = 'pod'): Locator => page.getByRole('slider', { name: `Events of ${name}` });
  const told = (page: Page): Locator => page.locator('.row-told').last();
  const labels = (page: Page): Promise<string[]> => page.locator('.axis text').allTextContents();

  it('tells the exact numbers of the event under the pointer, and goes back when it leaves', async () => {
    const page = await open(lateReport());
    const box = await lane(page).boundingBox();
    if (box === null) throw new Error('no lane');
    // The axis runs from 0 to 10 s: the fourth event came at 2 s.
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2);
    await expect
      .poll(() => told(page).textContent())
      .toBe(
        'event 4 of 20: arrived at 2,000.0 ms, sent at 1,960.0 ms, 40.0 ms late, 500.0 ms after the one before',
      );
    await page.mouse.move(box.x, 5);
    await expect.poll(() => told(page).textContent()).toContain('20 events');
  });

  it('can be walked through with the keyboard, and reads each event out', async () => {
    const page = await open(lateReport());
    await lane(page).focus();
    for (const [key, event] of [
      ['ArrowRight', 2],
      ['End', 20],
      ['ArrowRight', 20],
      ['ArrowLeft', 19],
      ['PageUp', 9],
      ['Home', 1],
      ['ArrowLeft', 1],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => lane(page).getAttribute('aria-valuenow'), { message: key }).toBe(String(event));
      expect(await lane(page).getAttribute('aria-valuetext')).toMatch(new RegExp(`^event ${event} of 20: `));
    }
  });

  it('zooms with buttons, keys, and the wheel with Ctrl; what is chosen comes into view', async () => {
    const page = await open(lateReport());
    expect((await labels(page)).at(-1)).toBe('10 s');
    for (let i = 0; i < 4; i += 1) await page.getByRole('button', { name: 'Zoom in' }).click();
    const closer = await labels(page);
    expect(closer).not.toContain('10 s');
    expect(closer.length).toBeGreaterThan(2);

    await lane(page).focus();
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.chosen circle').getAttribute('cx')).toMatch(/^\d/);
    await expect.poll(() => labels(page)).toContain('10,000 ms');

    await page.keyboard.press('0');
    await expect.poll(() => labels(page)).toContain('0 s');
    await page.keyboard.press('+');
    await expect.poll(() => labels(page)).not.toContain('0 s');
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => labels(page)).toContain('0 s');
    expect(await page.getByRole('button', { name: 'Show all' }).isDisabled()).toBe(true);

    const before = await page.evaluate('scrollY');
    await lane(page).hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -600);
    await page.keyboard.up('Control');
    await expect.poll(() => labels(page)).not.toContain('10 s');
    expect(await page.evaluate('scrollY')).toBe(before);
  });

  it('leaves the wheel alone to the page', async () => {
    const page = await open(heldReport());
    await lane(page, 'edge').hover();
    const before = Number(await page.evaluate('scrollY'));
    await page.mouse.wheel(0, 200);
    await expect.poll(() => page.evaluate('scrollY')).toBeGreaterThan(before);
    expect(await labels(page)).toContain('0 s');
  });

  it('draws a held stream slanted, and says how many came at once', async () => {
    const page = await open(heldReport());
    expect(await page.locator('.batch').allTextContents()).toEqual(['20 at once']);
    const slants = await page
      .locator('.links')
      .evaluateAll((paths) =>
        paths.map((path) =>
          [...(path.getAttribute('d') ?? '').matchAll(/M([\d.]+) [\d.]+L([\d.]+) /g)].map(([, from, to]) =>
            Math.abs(Number(to) - Number(from)),
          ),
        ),
      );
    const [origin = [], edge = []] = slants;
    expect(origin).toHaveLength(20);
    expect(Math.max(...origin)).toBeLessThan(5);
    expect(edge).toHaveLength(20);
    expect(edge.filter((slant) => slant > 50).length).toBeGreaterThan(15);
  });

  it('stays small and prompt with 10,000 events on each of eight hops', async () => {
    const many = { arrivalsMs: steady(10_000, 1), holds: holds(...steady(10_000, 0.1, 0)) };
    const hops = Array.from({ length: 8 }, (_, index) => hopFacts({ ...many, index, name: `hop${index}` }));
    const page = await open(reportOf(hops));
    expect(await page.locator('.lanes *').count()).toBeLessThan(600);
    const startMs = performance.now();
    for (let i = 0; i < 5; i += 1) await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(() => labels(page)).not.toContain('10 s');
    // Far above what a click takes, far below what a page takes that redraws 16,000 elements each time.
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(await told(page).textContent()).toContain('2,000 of 10,000 events drawn');
  });

  it('has nothing to choose where no event came, and nothing at all without hops', async () => {
    const page = await open(reportOf([hopFacts({ arrivalsMs: [], verdict: 'no-events' })]));
    expect(await page.getByRole('slider').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Zoom in' }).count()).toBe(0);
    expect(await page.getByRole('img', { name: /no event came/ }).count()).toBe(1);
    const empty = await open(reportOf([]));
    expect(await empty.locator('h1').textContent()).toBe('nothing was measured');
    expect(await empty.locator('figure').count()).toBe(0);
  });
});
