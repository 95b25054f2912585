import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { reportSchema } from '../../src/report/schema.ts';
import type { Report } from '../../src/types.ts';
import { axeViolations } from '../support/axe.ts';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { startShippedNginx } from '../support/nginx.ts';
import { createReportDesk, type ReportDesk, screenshot, tooWide } from '../support/report-pages.ts';
import { runCli } from '../support/run-cli.ts';
import { hasTool } from '../support/tools.ts';

const STREAM = '/.well-known/unclog/stream?events=12&interval=400ms';
const NAMES = ['held', 'chain', 'streams', 'unreachable', 'inconclusive', 'experiment'] as const;

/** HTML and JSON of one run of the program each, on a real nginx. */
async function probeAll(folder: string): Promise<void> {
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 200 });
  const [buffered, passing] = await Promise.all([
    startShippedNginx('buffered', origin.url),
    startShippedNginx('passthrough', origin.url),
  ]);
  const behind = await startShippedNginx('passthrough', buffered.url);
  const near = `origin=${origin.url}${STREAM}`;
  const edge = `edge=${buffered.url}${STREAM}`;
  const run = (name: (typeof NAMES)[number], ...args: string[]): Promise<unknown> => {
    const file = join(folder, name);
    return runCli([...args, '--output', `html=${file}.html`, '--output', `json=${file}.json`]);
  };
  // Four seconds are held; a second is what a busy machine may take away from everybody.
  const watch = ['--max-hold', '1s'];
  await Promise.all([
    run('held', near, edge, ...watch),
    run('chain', near, edge, `cdn=${behind.url}${STREAM}`, ...watch),
    run('streams', near, `edge=${passing.url}${STREAM}`, ...watch),
    run('unreachable', 'edge=http://127.0.0.1:9/stream'),
    run('inconclusive', `edge=${buffered.url}${STREAM}&first-delay=20s`, '--wait-first', '2s'),
  ]);
  await run('experiment', '--experiment', `edge=${buffered.url}`, '--duration', '2s');
  await Promise.all([behind.close(), buffered.close(), passing.close()]);
  await origin.close();
}

describe.skipIf(CHROMIUM === undefined || !hasTool('nginx'))('the HTML report on a real nginx', () => {
  let browser: Browser;
  let desk: ReportDesk;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unclog-real-'));
    [browser] = await Promise.all([launchBrowser(), probeAll(folder)]);
    desk = await createReportDesk(browser);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await desk?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(name: string, options: Parameters<ReportDesk['open']>[1] = {}): Promise<Page> {
    const html = await readFile(join(folder, `${name}.html`), 'utf8');
    const { page, complaints, requests } = await desk.open(html, { reducedMotion: 'reduce', ...options });
    onTestFinished(async () => {
      expect(complaints).toEqual([]);
      expect(requests).toHaveLength(1);
      await page.context().close();
    });
    return page;
  }

  it.each([
    ['held', 'HELD (buffered)', 'edge', 'holds here', 'proxy_buffering off;'],
    ['chain', 'HELD (buffered)', 'edge', 'holds here', 'proxy_buffering off;'],
    ['streams', 'streaming', null, null, null],
    ['unreachable', 'unreachable', 'edge', 'no answer', null],
    ['inconclusive', 'inconclusive', null, null, null],
    ['experiment', 'HELD (buffered)', 'edge', 'held here or before', 'proxy_buffering off;'],
  ] as const)('%s: says %s, and marks the hop %s', async (name, verdict, hop, sign, change) => {
    const page = await open(name);
    expect(await page.locator('header .verdict').textContent()).toBe(verdict);
    const marked = page.locator('.way .blamed');
    expect(await marked.locator('.name').allTextContents()).toEqual(hop === null ? [] : [hop]);
    expect(await marked.locator('.flag').allTextContents()).toEqual(sign === null ? [] : [sign]);
    if (change !== null) expect(await page.locator('header code').textContent()).toBe(change);
    const report = JSON.parse((await page.locator('script#report').textContent()) ?? '') as Report;
    expect(report).toEqual(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')));
    expect(reportSchema.parse(report)).toEqual(report);
  });

  it('the third hop of a chain is late already, and adds nothing', async () => {
    const page = await open('chain');
    const told = await page.locator('.way .hop').allTextContents();
    expect(told).toHaveLength(3);
    expect(told[2]).toContain('adds nothing');
    expect(await page.locator('.way .late').count()).toBe(2);
  });

  it('an experiment shows the stream before and after', async () => {
    const page = await open('experiment');
    const rows = page.getByRole('table', { name: 'Holds before and after' }).getByRole('row');
    const [, before = '', after = ''] = await rows.allTextContents();
    expect(before).toMatch(/^before.*\d s/);
    expect(after).toMatch(/^after\d+ ms/);
    const fixed = page.getByRole('row', { name: /x-accel-buffering: no/ });
    expect(await fixed.textContent()).toContain('fixes');
  });

  it('without scripts it says the same', async () => {
    const html = await readFile(join(folder, 'held.html'), 'utf8');
    const { page } = await desk.open(html, { javaScriptEnabled: false });
    const text = await page.locator('main').innerText();
    for (const part of ['HELD (buffered)', 'holds here', 'proxy_buffering off;', 'Holds: how much later'])
      expect(text).toContain(part);
    expect(await page.getByRole('img', { name: 'Arrival of each event, one row per hop' }).count()).toBe(1);
    expect(await page.locator('.bar').first().boundingBox()).toMatchObject({ height: expect.any(Number) });
    await page.context().close();
  });

  it.each([
    ['experiment', 320, 640],
    ['chain', 1280, 800],
    ['inconclusive', 1280, 800],
    ['experiment', 1920, 1080],
  ])(
    'axe finds nothing in "%s" at %i px, in light and dark, and nothing is wider',
    async (name, width, height) => {
      const page = await open(name, { viewport: { width, height } });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await axeViolations(page), colorScheme).toEqual([]);
        await screenshot(page, `report-${name}-${width}-${colorScheme}`, false);
      }
      expect(await tooWide(page)).toBeLessThanOrEqual(0);
    },
  );

  it.each(NAMES)('nothing in "%s" is wider than a telephone or a 4K screen', async (name) => {
    const page = await open(name);
    for (const width of [320, 3840]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await tooWide(page), String(width)).toBeLessThanOrEqual(0);
    }
  });

  it.skipIf(!hasTool('pdftotext'))('on paper it has everything, nothing folded away', async () => {
    const page = await open('experiment', { colorScheme: 'dark' });
    const titles = await page.locator('h2').allTextContents();
    expect(titles.length).toBeGreaterThan(7);
    const file = join(folder, 'report.pdf');
    await page.pdf({ path: file, format: 'A4', printBackground: true });
    const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }).replace(/\s+/g, ' ');
    for (const part of [...titles, 'Content-Type: text/event-stream', 'proxy_buffering off;', ' at once'])
      expect(text).toContain(part);
    const others = (await page.locator('.finding details .fix code').allTextContents()).map(
      (fix) => fix.split('\n')[0],
    );
    expect(others.length).toBeGreaterThan(1);
    for (const change of others) expect(text).toContain(change?.replace(/\s+/g, ' ').trim());
    for (const button of ['Download JSON', 'Show all', 'Copy']) expect(text).not.toContain(button);
  });
});
