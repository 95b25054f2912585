import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findHopSource } from '../../src/demo/hop-source.ts';
import { type LaneId, SWITCH_IDS, type SwitchId } from '../../src/demo/live-protocol.ts';
import { findNginx, startNginx } from '../../src/demo/nginx.ts';
import { STORY } from '../../src/origin/story.ts';
import { STRINGS } from '../../src/pages/demo/strings.ts';
import { CHROMIUM, collectComplaints, launchBrowser } from '../support/browser.ts';
import { type DemoPage, openDemoPage } from '../support/demo-page.ts';
import { hasTool } from '../support/tools.ts';

/** Chromium takes a while to start on a busy machine. */
const WITHIN_MS = 90_000;
const ALL = STORY.length;

const KINDS: { kind: string; options: { simulate?: boolean }; absent: boolean }[] = [
  { kind: 'on a real nginx', options: {}, absent: !hasTool('nginx') },
  { kind: 'on the simulated hop', options: { simulate: true }, absent: false },
];

/** What each switch does to nginx 1.22 and to the simulated hop. */
const SWITCH_CASES = [
  { id: 'x-accel-buffering', frees: ['nginx'], marks: 'X-Accel-Buffering: no' },
  { id: 'incremental', frees: [], marks: 'Incremental: ?1' },
  { id: 'no-transform', frees: [], marks: 'Cache-Control: no-cache, no-transform' },
  { id: 'proxy-buffering-off', frees: ['nginx'], marks: 'proxy_buffering off;' },
  { id: 'http-1-1', frees: ['nginx'], marks: 'proxy_http_version 1.1;' },
] as const;

let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM !== undefined) browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe.skipIf(CHROMIUM === undefined).each(KINDS)("the demonstration's page $kind", (how) => {
  describe.skipIf(how.absent)('', () => {
    let demo: DemoPage;
    let complaints: readonly string[];
    beforeAll(async () => {
      demo = await openDemoPage(browser, await findHopSource(how.options));
      complaints = collectComplaints(demo.page);
    });
    afterAll(() => demo.close());

    const flip = (id: SwitchId) =>
      demo.freshRound(() => demo.page.getByRole('switch', { name: STRINGS.switch[id] }).click());
    const effectOf = (id: SwitchId) =>
      demo.page.locator('.switch', { hasText: STRINGS.switch[id] }).locator('.effect').textContent();
    /** Lets the round end, once every lane has shown whether it passes events or keeps them. */
    const finish = async () => {
      demo.allow(3);
      for (const lane of ['direct', 'nginx', 'gateway'] as const)
        await demo.page
          .locator(`[data-lane=${lane}]:is([data-status=holding], :has(.arrival))`)
          .waitFor({ timeout: 10_000 });
      demo.allow(ALL);
      for (const lane of ['direct', 'nginx', 'gateway'] as const) await demo.untilCount(lane, ALL);
    };
    const marked = (lane: LaneId) =>
      demo.page.locator(`[data-lane=${lane}] .part > pre mark`).allTextContents();

    it('keeps the lane through nginx empty while the others fill, then fills it at once', {
      timeout: WITHIN_MS,
    }, async () => {
      await demo.freshRound(() => demo.page.reload());
      for (let seq = 1; seq < ALL; seq += 1) {
        demo.allow(seq);
        await demo.untilCount('direct', seq);
        await demo.untilCount('gateway', seq);
        expect((await demo.lane('nginx')).count).toMatch(/^0 of/);
      }
      await demo.page.locator('[data-lane=nginx][data-status=holding]').waitFor();
      const before = await demo.lane('nginx');
      expect(before).toMatchObject({
        count: `0 of ${ALL - 1} sent`,
        news: STRINGS.nothingYet,
        held: ALL - 1,
      });
      expect(before.strip).toMatch(/nothing for \d+\.\d s/);
      expect((await demo.lane('gateway')).held).toBe(0);
      await finish();
      const after = await demo.lane('nginx');
      expect(after.strip).toContain(`${ALL} at once`);
      expect(after.status).toContain(STRINGS.states.late);
      expect(after.news).toBe(STORY.at(-1)?.place);
      expect(after.held).toBe(0);
    });

    // The simulated hop follows the rules that test/demo/holding-rules.test.ts holds both to.
    it.each(how.options.simulate && hasTool('nginx') ? [] : SWITCH_CASES)(
      'shows what $id does: frees $frees',
      { timeout: WITHIN_MS },
      async ({ id, frees, marks }) => {
        await demo.freshRound(() => demo.page.getByRole('button', { name: STRINGS.reset }).click());
        await finish();
        await flip(id);
        for (let seq = 1; seq <= 3; seq += 1) {
          demo.allow(seq);
          for (const lane of ['direct', 'gateway', ...frees] as const) await demo.untilCount(lane, seq);
        }
        if (frees.length === 0) expect((await demo.lane('nginx')).count).toMatch(/^0 of/);
        expect((await marked('nginx')).join()).toContain(marks);
        await finish();
        const effect = frees.length === 0 ? STRINGS.effects.none : STRINGS.effects.cures('lane 2');
        await expect.poll(() => effectOf(id)).toBe(effect);
      },
    );

    it('shows that the gateway is what frees its lane', { timeout: WITHIN_MS }, async () => {
      await demo.freshRound(() => demo.page.getByRole('button', { name: STRINGS.reset }).click());
      await finish();
      await flip('gateway');
      demo.allow(3);
      await demo.untilCount('direct', 3);
      await demo.page.locator('[data-lane=gateway][data-status=holding]').waitFor();
      expect(await demo.lane('gateway')).toMatchObject({ count: '0 of 3 sent', held: 3 });
      expect((await demo.lane('gateway')).title).toContain(STRINGS.withoutGateway);
      expect(await marked('gateway')).toEqual([]);
      await finish();
      await expect.poll(() => effectOf('gateway')).toBe(STRINGS.effects.cures('lane 3'));
    });

    it('is as at the start after a reset, in another window too', { timeout: WITHIN_MS }, async () => {
      const reset = () =>
        demo.freshRound(() => demo.page.getByRole('button', { name: STRINGS.reset }).click());
      await reset();
      for (const id of ['incremental', 'proxy-buffering-off'] as const) await flip(id);
      expect(await marked('nginx')).toHaveLength(2);
      const other = await demo.page.context().newPage();
      await other.goto(demo.live.url);
      const checkedIn = (page: typeof other) =>
        page
          .getByRole('switch')
          .evaluateAll((all) => all.map((one) => (one as unknown as { checked: boolean }).checked));
      await expect
        .poll(() => checkedIn(other))
        .toEqual(SWITCH_IDS.map((id) => /^inc|off$|^gateway/.test(id)));
      await reset();
      for (const page of [demo.page, other])
        await expect.poll(() => checkedIn(page)).toEqual(SWITCH_IDS.map((id) => id === 'gateway'));
      await other.close();
      await expect.poll(() => marked('nginx')).toEqual([]);
    });

    it('says whether what stands between is real', async () => {
      const intro = (await demo.page.locator('.intro').textContent()) ?? '';
      if (how.options.simulate) expect(intro).toContain(STRINGS.simulated);
      else expect(intro).toMatch(/a real nginx\/[\d.]+ \(\//);
    });

    it('is complained about by nobody', () => {
      // Streams of a round that was left are cut, which a browser may report.
      expect(complaints.filter((text) => !/net::ERR_/.test(text))).toEqual([]);
    });
  });
});

describe.skipIf(CHROMIUM === undefined || !hasTool('nginx'))('the configuration beside a lane', () => {
  it('is the file that the running nginx was started with', { timeout: WITHIN_MS }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'unclog-test-'));
    const real = await findNginx();
    // An nginx that notes which file it was told to use.
    const path = join(folder, 'nginx');
    const note = `for one; do [ "$before" = -c ] && echo "$one" >>'${folder}/files'; before=$one; done`;
    await writeFile(path, `#!/bin/sh\n${note}\nexec ${real?.path} "$@"\n`);
    await chmod(path, 0o755);
    const binary = { path, name: real?.name ?? '' };
    const demo = await openDemoPage(browser, {
      kind: 'nginx',
      name: binary.name,
      from: path,
      start: (...args) => startNginx(binary, ...args),
    });
    try {
      await demo.freshRound(() => demo.page.getByRole('switch', { name: 'proxy_buffering' }).click());
      const noted = (await readFile(join(folder, 'files'), 'utf8')).trim().split('\n');
      const running = await Promise.all(noted.map((file) => readFile(file, 'utf8').catch(() => '')));
      for (const lane of ['nginx', 'gateway']) {
        const details = demo.page.locator(`[data-lane=${lane}] [data-part=nginx] details`);
        await details.locator('summary').click();
        const shown = (await details.locator('pre .line').allTextContents()).map((line) => line.trim());
        const lines = (text: string) =>
          text
            .trimEnd()
            .split('\n')
            .map((line) => line.trim());
        const file = running.find((text) => lines(text).join('\n') === shown.join('\n').trimEnd());
        expect(file, `${lane} shows a file that runs`).toBeDefined();
        expect(file).toContain('proxy_buffering off;');
      }
    } finally {
      await demo.close();
      await rm(folder, { recursive: true });
    }
  });
});
