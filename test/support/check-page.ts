import type { Page } from 'playwright-core';

/**
 * Keeps, from the next navigation on, whether a lane of the check page has shown at one moment events that were sent,
 * none that arrived, and for how long that has been so. Watched inside of the page: a busy machine would miss it from
 * outside.
 * @returns asks the page
 */
export async function watchForEmptyLane(page: Page, lane: string): Promise<() => Promise<boolean>> {
  await page.addInitScript({
    content: `
      globalThis.sawEmptyLane = false;
      new MutationObserver(() => {
        const lane = document.querySelector('[data-lane="${lane}"]');
        globalThis.sawEmptyLane ||= lane !== null
          && lane.querySelectorAll('circle.missing').length > 5
          && lane.querySelector('path.arrived') === null
          && /nothing for \\d/.test(lane.textContent);
      }).observe(document, { subtree: true, childList: true, characterData: true });
    `,
  });
  return () => page.evaluate<boolean>('sawEmptyLane');
}
