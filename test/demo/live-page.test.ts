import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findHopSource } from '../../src/demo/hop-source.ts';
import { type LiveDemo, startLiveDemo } from '../../src/demo/live.ts';
import { renderLivePage } from '../../src/demo/live-page.ts';
import { STORY } from '../../src/origin/story.ts';
import { CHROMIUM, collectComplaints, launchBrowser } from '../support/browser.ts';

/** The story takes 9 s, and Chromium a while to start on a busy machine. */
const STORY_WITHIN_MS = 60_000;

describe('the live page', () => {
  let live: LiveDemo;
  beforeAll(async () => {
    live = await startLiveDemo(await findHopSource({ simulate: true }));
  });
  afterAll(() => live.close());

  it('allows its own script, its own style and the lanes, and nothing else', async () => {
    const response = await fetch(live.url);
    const html = await response.text();
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    const hashOf = (tag: string) => {
      const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ?? '';
      expect(text.length).toBeGreaterThan(100);
      return `${tag}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    expect(policy).toContain(hashOf('script'));
    expect(policy).toContain(hashOf('style'));
    expect(html).not.toMatch(/\bsrc=|\bhref=|@import|url\(/);
    const lanes = [...html.matchAll(/"url":"(http:[^"]+)"/g)].map(([, url]) => new URL(url ?? '').origin);
    expect(lanes).toHaveLength(3);
    expect(policy).toContain(`connect-src ${lanes.join(' ')};`);
  });

  it('answers under its own address only', async () => {
    const status = await new Promise((resolve) => {
      request(live.url, { headers: { Host: 'attacker.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(421);
    expect((await fetch(`${live.url}other`)).status).toBe(404);
    expect((await fetch(live.url, { method: 'POST' })).status).toBe(405);
  });

  it('may read the lanes, other pages may not', async () => {
    const html = await (await fetch(live.url)).text();
    const [, lane = ''] = [...html.matchAll(/"url":"(http:[^"]+)"/g)][1] ?? [];
    const response = await fetch(lane);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(new URL(live.url).origin);
    await response.body?.cancel();
  });

  it('cannot be broken by a title', () => {
    const lane = { title: '</script><b a="', note: '<i>', url: 'http://127.0.0.1:1/stream' };
    const { html } = renderLivePage([lane], '<u>');
    expect(html).not.toMatch(/<b |<i>|<u>/);
  });

  it.skipIf(CHROMIUM === undefined)(
    'shows in a browser that the held lane gets everything late and the others on time',
    async () => {
      const browser = await launchBrowser();
      try {
        const page = await browser.newPage();
        const complaints = collectComplaints(page);
        await page.goto(live.url);
        const lanes = () =>
          page.evaluate(
            `[...document.querySelectorAll('section')].map((lane) => ({
              items: lane.querySelectorAll('li').length,
              late: lane.querySelectorAll('li .late').length,
              state: lane.dataset.state,
            }))`,
          ) as Promise<{ items: number; late: number; state: string }[]>;
        const until = async (done: (seen: Awaited<ReturnType<typeof lanes>>) => boolean) => {
          for (;;) {
            const seen = await lanes();
            if (done(seen)) return seen;
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        };
        const midway = await until(
          ([, gateway, fixed]) => (gateway?.items ?? 0) >= 3 && (fixed?.items ?? 0) >= 3,
        );
        expect(midway[0]).toMatchObject({ items: 0, state: 'waiting' });
        const all = STORY.length;
        const [held, gateway, fixed] = await until((seen) => seen.every(({ items }) => items === all));
        expect(held?.late).toBeGreaterThanOrEqual(all - 2);
        expect(held?.state).toBe('late');
        // A busy browser may be late with one itself.
        for (const lane of [gateway, fixed]) expect(lane?.late).toBeLessThanOrEqual(2);
        expect(complaints).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    STORY_WITHIN_MS,
  );
});
