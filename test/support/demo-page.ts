import type { Browser, Page } from 'playwright-core';
import type { HopSource } from '../../src/demo/hop.ts';
import { type LiveDemo, startLiveDemo } from '../../src/demo/live.ts';
import type { LaneId } from '../../src/demo/live-protocol.ts';
import { createHandBeat, type HandBeat } from './hand-beat.ts';

/** What a person sees of a lane. */
export interface SeenLane {
  title: string;
  status: string;
  count: string;
  news: string;
  /** Everything written into the lane's picture. */
  strip: string;
  held: number;
}

/** The page in a browser; events are sent when the test says so. */
export interface DemoPage extends HandBeat {
  live: LiveDemo;
  page: Page;
  lane(id: LaneId): Promise<SeenLane>;
  /** Waits until the lane's browser side shows so many events. */
  untilCount(id: LaneId, count: number): Promise<void>;
  /** Does what starts a new round, and waits until the page has begun it. */
  freshRound(act: () => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

export async function openDemoPage(
  browser: Browser,
  source: HopSource,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<DemoPage> {
  const hand = createHandBeat();
  const live = await startLiveDemo(source, { beat: hand.beat });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const place = (id: LaneId) => page.locator(`[data-lane=${id}]`);
  const begun = (act: () => Promise<unknown>) =>
    Promise.all([page.waitForResponse((response) => response.url().includes('/round?')), act()]);
  await begun(() => page.goto(live.url));
  return {
    ...hand,
    live,
    page,
    async lane(id) {
      const text = async (selector: string) => (await place(id).locator(selector).textContent()) ?? '';
      return {
        title: await text('h2'),
        status: await text('.status'),
        count: await text('.count'),
        news: await text('.news'),
        strip: await text('.strip'),
        held: await place(id).locator('.parcel.held').count(),
      };
    },
    async untilCount(id, count) {
      await place(id)
        .locator('.count strong', { hasText: new RegExp(`^${count}$`) })
        .waitFor();
    },
    async freshRound(act) {
      hand.allow(0);
      await begun(act);
      await place('direct').locator('.count strong', { hasText: /^0$/ }).waitFor();
    },
    async close() {
      await context.close();
      await live.close();
    },
  };
}
