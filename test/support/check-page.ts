import type { Page } from 'playwright-core';

/** What a lane of the check page showed at one moment. */
export interface LaneMoment {
  /** Events sent that had not arrived. */
  missing: number;
  arrived: number;
  /** It said for how long nothing had come. */
  silent: boolean;
}

/**
 * Keeps, from the next navigation on, what a lane of the check page shows, moment by moment. Watched inside of the
 * page: from outside a busy machine would miss most of it.
 * @returns asks the page
 */
export async function watchLane(page: Page, lane: string): Promise<() => Promise<LaneMoment[]>> {
  await page.addInitScript({
    content: `
      globalThis.laneMoments = [];
      new MutationObserver(() => {
        const lane = document.querySelector('[data-lane="${lane}"]');
        if (lane === null) return;
        laneMoments.push({
          missing: lane.querySelectorAll('circle.missing').length,
          arrived: lane.querySelectorAll('path.arrived').length,
          silent: /nothing for \\d/.test(lane.textContent),
        });
      }).observe(document, { subtree: true, childList: true, characterData: true });
    `,
  });
  return () => page.evaluate<LaneMoment[]>('laneMoments');
}

/** Whether a lane has shown, at one moment, events that were sent, none that arrived, and for how long that had been so. */
export function wasEmpty(moments: readonly LaneMoment[]): boolean {
  return moments.some(({ missing, arrived, silent }) => missing > 5 && arrived === 0 && silent);
}
