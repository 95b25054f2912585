import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HopSource } from '../../src/demo/hop.ts';
import { findHopSource } from '../../src/demo/hop-source.ts';
import { type LiveDemo, startLiveDemo } from '../../src/demo/live.ts';
import type { LaneId } from '../../src/demo/live-protocol.ts';
import { STORY } from '../../src/origin/story.ts';
import { STRINGS } from '../../src/pages/demo/strings.ts';
import { CHROMIUM, launchBrowser } from '../support/browser.ts';
import { type DemoPage, openDemoPage } from '../support/demo-page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WITHIN_MS = 90_000;
const ALL = STORY.length;

/** What axe has to complain about, one line for each place. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const run = 'axe.run().then(({ violations }) => violations)';
  const found = (await page.evaluate(run)) as { id: string; nodes: { html: string }[] }[];
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const overflow = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe.skipIf(CHROMIUM === undefined)("the demonstration's page, for everybody", () => {
  let browser: Browser;
  let source: HopSource;
  const open: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
    source = await findHopSource({ simulate: true });
  });
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  afterAll(() => browser?.close());

  async function start(options: Parameters<typeof openDemoPage>[2] = {}, hop = source): Promise<DemoPage> {
    const demo = await openDemoPage(browser, hop, options);
    open.push(demo);
    return demo;
  }

  async function startLive(): Promise<LiveDemo> {
    const live = await startLiveDemo(source);
    open.push(live);
    return live;
  }

  /** Half the story told, and the held lane seen to hold. */
  async function halfway(demo: DemoPage): Promise<void> {
    demo.allow(5);
    await demo.untilCount('direct', 5);
    await demo.page.locator('[data-lane=nginx][data-status=holding]').waitFor();
  }

  it.each([
    ['light', 320],
    ['dark', 320],
    ['light', 1280],
    ['dark', 1280],
  ] as const)(
    'has nothing that axe complains about, %s at %i px',
    { timeout: WITHIN_MS },
    async (colorScheme, width) => {
      const demo = await start({ colorScheme, viewport: { width, height: 800 } });
      await halfway(demo);
      expect(await overflow(demo.page)).toBe(0);
      // Everything that can be opened is opened: what is in it is looked at as well.
      await demo.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      expect(await violations(demo.page)).toEqual([]);
      demo.allow(ALL);
      await demo.untilCount('nginx', ALL);
      await demo.page.locator('[data-lane=nginx]').getByText(`${ALL} at once`).waitFor();
      expect(await violations(demo.page)).toEqual([]);
      expect(await overflow(demo.page)).toBe(0);
    },
  );

  it('does not scroll sideways at 3840 px', { timeout: WITHIN_MS }, async () => {
    const demo = await start({ viewport: { width: 3840, height: 2160 } });
    await halfway(demo);
    expect(await overflow(demo.page)).toBe(0);
  });

  it('shows all three lanes at once on a small phone', { timeout: WITHIN_MS }, async () => {
    const demo = await start({ viewport: { width: 320, height: 640 } });
    await halfway(demo);
    for (const id of ['direct', 'nginx', 'gateway'] as LaneId[]) {
      const box = await demo.page.locator(`[data-lane=${id}] .strip`).boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 1_000), id).toBeLessThanOrEqual(640);
    }
    expect(await demo.page.locator('[data-lane=passthrough]').count()).toBe(0);
  });

  it("shows nginx's own fix as a fourth lane where there is room", { timeout: WITHIN_MS }, async () => {
    const demo = await start({ viewport: { width: 1920, height: 1080 } });
    demo.allow(3);
    await demo.untilCount('passthrough', 3);
    await demo.page.locator('[data-lane=nginx][data-status=holding]').waitFor();
    const changed = await demo.page.locator('[data-lane=passthrough] .part > pre mark').allTextContents();
    expect(changed.join()).toContain('proxy_buffering off;');
    const box = await demo.page.locator('[data-lane=passthrough]').boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 2_000)).toBeLessThanOrEqual(1_080);
  });

  it('is worked by keyboard alone', { timeout: WITHIN_MS }, async () => {
    const demo = await start();
    const focused = () =>
      demo.page.evaluate(
        'document.activeElement.closest("label")?.textContent ?? document.activeElement.textContent',
      );
    const tabTo = async (text: string) => {
      for (let presses = 0; presses < 40; presses += 1) {
        await demo.page.keyboard.press('Tab');
        if (String(await focused()).includes(text)) return;
      }
      throw new Error(`Tab never comes to "${text}"`);
    };
    await tabTo(STRINGS.pause);
    await tabTo('nginx.conf');
    await demo.page.keyboard.press('Enter');
    expect(await demo.page.locator('[data-lane=nginx] details[open]').count()).toBe(1);
    await tabTo(STRINGS.switch['x-accel-buffering']);
    await demo.freshRound(() => demo.page.keyboard.press('Space'));
    expect(await focused()).toContain(STRINGS.switch['x-accel-buffering']);
    demo.allow(2);
    await demo.untilCount('nginx', 2);
  });

  it('says to those who listen what happens, not every event', { timeout: WITHIN_MS }, async () => {
    const demo = await start();
    const status = demo.page.getByRole('status');
    expect(await status.textContent()).toBe('');
    await halfway(demo);
    await expect.poll(() => status.textContent()).toBe(STRINGS.holdingNow(STRINGS.lanes.nginx, 5));
    demo.allow(ALL);
    await demo.untilCount('nginx', ALL);
    await expect
      .poll(() => status.textContent())
      .toMatch(/This run is over\. .*nginx: 11 of 11, all at once, late, \d+\.\d s late\./);
    const picture = demo.page.locator('[data-lane=nginx]').getByRole('img');
    expect(await picture.getAttribute('aria-label')).toMatch(/^nginx: 11 sent, 11 arrived, \d+\.\d s late$/);
  });

  it('stops when it is told to, and begins anew', { timeout: WITHIN_MS }, async () => {
    const demo = await start();
    demo.allow(2);
    await demo.untilCount('direct', 2);
    await demo.page.getByRole('button', { name: STRINGS.pause }).click();
    demo.allow(ALL);
    // A round of somebody else runs to its end meanwhile.
    const other = await fetch(`${demo.live.url}round?lane=direct`);
    await expect.poll(() => demo.page.getByRole('button', { name: STRINGS.play }).count()).toBe(1);
    expect((await demo.lane('direct')).count).toMatch(/^2 of/);
    await other.body?.cancel();
    await demo.freshRound(() => demo.page.getByRole('button', { name: STRINGS.play }).click());
    demo.allow(1);
    await demo.untilCount('direct', 1);
    await demo.freshRound(() => demo.page.getByRole('button', { name: STRINGS.again }).click());
  });

  it('goes round by itself, but not for those who want no motion', { timeout: WITHIN_MS }, async () => {
    const [busy, calm] = [await start(), await start({ reducedMotion: 'reduce' })];
    const next = busy.page.waitForRequest((request) => request.url().includes('/round?'), {
      timeout: 60_000,
    });
    let asked = 0;
    calm.page.on('request', (request) => {
      if (request.url().includes('/round?')) asked += 1;
    });
    for (const demo of [calm, busy]) {
      demo.allow(ALL);
      await demo.untilCount('gateway', ALL);
    }
    await calm.page.getByRole('button', { name: STRINGS.play }).waitFor();
    await next;
    expect(asked).toBe(0);
  });

  it('is as fast as it is told to be', { timeout: WITHIN_MS }, async () => {
    const live = await startLive();
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    open.push(page);
    await page.goto(live.url);
    const asked = (speed: string, act: () => Promise<unknown>) =>
      Promise.all([page.waitForRequest((request) => request.url().includes(`/round?speed=${speed}`)), act()]);
    const choose = (name: string) => page.getByRole('radio', { name }).check();
    await asked('slow', () => choose(STRINGS.speeds.slow));
    // Somebody else's slow round, which begins first, has not sent its second event when the fast one is over.
    const slow = await fetch(`${live.url}round?lane=direct&speed=slow`);
    let notes = '';
    const reading = slow.body?.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write: (text) => {
          notes += text;
        },
      }),
    );
    await asked('fast', () => choose(STRINGS.speeds.fast));
    await page.locator('[data-lane=gateway] .count strong', { hasText: /^11$/ }).waitFor();
    expect(notes.match(/event: sent/g) ?? []).not.toHaveLength(ALL);
    await asked('normal', () => page.getByRole('button', { name: STRINGS.reset }).click());
    await live.close();
    await reading?.catch(() => {});
  });

  it('takes what a server calls itself for text', { timeout: WITHIN_MS }, async () => {
    const name = '<img src=x onerror="document.title=1"></script><b>';
    const demo = await start({}, { ...source, kind: 'nginx', name });
    await demo.page.getByText(name).waitFor();
    expect(await demo.page.locator('img, b').count()).toBe(0);
    expect(await demo.page.title()).toContain('unclog demo');
  });

  it('says that the demonstration is gone', { timeout: WITHIN_MS }, async () => {
    const demo = await start();
    await demo.live.close();
    await demo.page.getByRole('alert').getByText(STRINGS.noServer).waitFor();
  });
});
