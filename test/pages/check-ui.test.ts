import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Scenario } from '../../src/pages/check/fixtures.ts';
import { CHROMIUM, collectComplaints, launchBrowser } from '../support/browser.ts';
import { wasEmpty, watchLane } from '../support/check-page.ts';
import { serveReplayPage } from '../support/replay-page.ts';

/** Plays five seconds of stream in about one. */
const SPEED = 6;

const CLIPBOARD = 'navigator.clipboard.readText()';
const FOCUSED = 'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent';
/** Keeps every sentence that the live region holds. */
const COLLECT_SAID = `
  globalThis.said = [];
  new MutationObserver(() => {
    const text = document.querySelector('[role=status]')?.textContent.trim() ?? '';
    if (text !== '' && text !== said.at(-1)) said.push(text);
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;

describe.runIf(CHROMIUM !== undefined)('the check page', () => {
  let browser: Browser;
  let replay: Awaited<ReturnType<typeof serveReplayPage>>;

  beforeAll(async () => {
    [browser, replay] = await Promise.all([launchBrowser(), serveReplayPage()]);
  });
  afterAll(async () => {
    replay.close();
    await browser.close();
  });

  async function open(query: string, context?: BrowserContext): Promise<Page> {
    const page = await (context ?? browser).newPage();
    const complaints = collectComplaints(page);
    onTestFinished(async () => {
      await page.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(`${replay.url}${query}`);
    return page;
  }

  const finished = (scenario: Scenario) => `?scenario=${scenario}&speed=100`;
  const headline = (page: Page) => page.getByRole('heading', { level: 1 });
  const done = (page: Page) => page.locator('main[data-state="done"]').waitFor();
  const arrived = (page: Page) => page.locator('[data-lane="eventsource"] path.arrived').count();

  it('shows a held stream as a lane that stays empty and then fills at once', async () => {
    const page = await open('#nonsense');
    const moments = await watchLane(page, 'eventsource');
    await page.goto(`${replay.url}?scenario=held-until-close&speed=${SPEED}`);
    await done(page);
    expect(wasEmpty(await moments())).toBe(true);
    expect(await arrived(page)).toBe(20);
    expect(await page.locator('[data-lane="eventsource"]').getByText('20 at once').isVisible()).toBe(true);
    expect(await headline(page).textContent()).toBe(
      'Something between you and app.example.com holds streams up',
    );
  });

  it('shows each event of a stream that flows at the moment it arrives', async () => {
    const page = await open('#nonsense');
    const moments = await watchLane(page, 'fetch');
    await page.goto(`${replay.url}?scenario=streaming&speed=2`);
    await done(page);
    const counts = [...new Set((await moments()).map(({ arrived }) => arrived))];
    expect(counts.length).toBeGreaterThan(4);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(20);
    expect(await page.locator('.event.late').count()).toBe(0);
    expect(
      await page
        .getByText(/at once$/)
        .filter({ hasText: /^\d/ })
        .count(),
    ).toBe(0);
  });

  it.each<[Scenario, string, string[]]>([
    ['streaming', 'Streams from app.example.com arrive here in time', []],
    [
      'held-until-close',
      'Something between you and app.example.com holds streams up',
      ['The people who run this site', 'Your IT department', 'The developer'],
    ],
    [
      'held-at-our-edge',
      'The way into app.example.com holds streams up, not your network',
      ['The people who run this site', 'The developer'],
    ],
    ['held-in-their-network', 'Your network holds streams up', ['Your IT department', 'The developer']],
    ['all-well-both-ways', 'Streams arrive here in time, on both ways', ['The developer']],
  ])('says in plain words of "%s" what it is, and whom to tell', async (scenario, words, recipients) => {
    const page = await open(`?scenario=${scenario}#shared`);
    await done(page);
    expect(await headline(page).textContent()).toBe(words);
    expect(await page.getByRole('tab').allTextContents()).toEqual(recipients);
    expect(await page.title()).toBe(`${words} · unclog`);
  });

  it('draws no event as sent on a stream that could not be opened', async () => {
    const page = await open('?scenario=blocked#shared');
    await done(page);
    expect(await page.locator('.lane circle.sent').count()).toBe(0);
    expect(await page.locator('.lane').getByText('no stream').count()).toBe(3);
    expect(await page.locator('[data-check="fetch"]').textContent()).toContain('does not work');
  });

  it('stops when it is told to, and can be started again', async () => {
    const page = await open('?scenario=streaming&speed=1');
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(await headline(page).textContent()).toBe('Stopped before the end');
    await page.getByRole('button', { name: 'Test again' }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    expect(await headline(page).textContent()).not.toBe('Stopped before the end');
  });

  it('opens a link as somebody else’s result and measures only when asked', async () => {
    const page = await open(`${finished('held-in-their-network')}#shared`);
    await page.getByText('Somebody else’s result.').waitFor();
    expect(await page.getByText(/Measured in another browser on October 9, 2025/).isVisible()).toBe(true);
    expect(await page.getByText('More than a week ago').isVisible()).toBe(true);
    expect(await headline(page).textContent()).toBe('Your network holds streams up');
    await page.getByRole('button', { name: 'Test my own connection' }).click();
    await page.getByText('Somebody else’s result.').waitFor({ state: 'detached' });
    expect(new URL(page.url()).hash).toBe('');
    expect(await page.evaluate('document.activeElement.id')).toBe('answer');
  });

  it('says of a link that holds no result what is wrong with it', async () => {
    const page = await open('#nonsense');
    expect(await headline(page).textContent()).toBe('This link holds no result that can be read');
    await page.getByRole('button', { name: 'Test this connection' }).click();
    await page.locator('main[data-state="running"]').waitFor();
  });

  it('hands over the link, the report and the texts, and says so aloud', async () => {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    onTestFinished(() => context.close());
    const page = await open(finished('held-until-close'), context);
    await done(page);
    const clipboard = () => page.evaluate<string>(CLIPBOARD);
    const said = page.getByRole('status');

    await page.getByRole('button', { name: 'Copy this text' }).click();
    await expect.poll(clipboard).toContain('Please let answers with Content-Type text/event-stream pass');
    await page.getByRole('button', { name: 'Copy a link to this result' }).click();
    await expect.poll(clipboard).toBe(`${replay.url}${finished('held-until-close')}#shared`);
    await page.getByRole('button', { name: 'Copy the report (JSON)' }).click();
    await expect.poll(clipboard).toContain('unclog-observations');
    const report = await clipboard();
    expect(JSON.parse(report)).toMatchObject({ format: 'unclog-observations', report: { verdict: 'held' } });
    await expect.poll(async () => (await said.textContent())?.trim()).toBe('Copied the report.');

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download the report (JSON)' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^unclog-check-app\.example\.com-[\dTZ-]+\.json$/);
    expect(readFileSync(await file.path(), 'utf8')).toBe(report);
  });

  it('copies where the browser has no clipboard for plain HTTP', async () => {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    onTestFinished(() => context.close());
    await context.addInitScript({
      content: 'navigator.clipboard.writeText = () => Promise.reject(new Error("not on this page"));',
    });
    const page = await open(finished('held-until-close'), context);
    await done(page);
    await page.getByRole('tab', { name: 'The developer' }).click();
    await page.getByRole('button', { name: 'Copy this text' }).click();
    await page.getByText('Copied. Paste it into a message.').first().waitFor();
    expect(await page.evaluate(CLIPBOARD)).toContain('held-until-close (proven)');
  });

  it('says milestones only to who listens to it', async () => {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    await context.addInitScript({ content: COLLECT_SAID });
    const page = await open(`?scenario=held-until-close&speed=2`, context);
    await done(page);
    const said = await page.evaluate<string[]>('said');
    expect(said[0]).toBe('The test has started.');
    expect(said.at(-1)).toMatch(/Result: Something between you and app\.example\.com holds streams up\.$/);
    expect(said.join(' ')).toContain('The server is sending, but nothing has arrived yet.');
    expect(said.length).toBeLessThanOrEqual(4);
    expect(await page.locator('[aria-live], [role=alert], [role=log]').count()).toBe(0);
  });

  it('is stopped and started again by keyboard, and the focus stays', async () => {
    const page = await open('?scenario=held-until-close&speed=0.5');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(FOCUSED)).toBe('Stop');
    await page.keyboard.press('Enter');
    await page.locator('main[data-state="stopped"]').waitFor();
    expect(await page.evaluate(FOCUSED)).toBe('Test again');
    await page.keyboard.press('Enter');
    await page.locator('main[data-state="running"]').waitFor();
    expect(await page.evaluate(FOCUSED)).toBe('Stop');
  });

  it('is read and copied by keyboard alone', async () => {
    const page = await open(finished('held-until-close'));
    await done(page);
    const focused = () => page.evaluate<string>(FOCUSED);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Test again');

    await page.keyboard.press('Tab');
    expect(await focused()).toBe('The people who run this site');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('Your IT department');
    expect(await page.getByRole('tabpanel').textContent()).toContain('Please exempt app.example.com');
    await page.keyboard.press('End');
    expect(await focused()).toBe('The developer');
    expect(await page.getByRole('tabpanel').textContent()).toContain('unclog diagnose unclog-check-');
    const rest: string[] = [];
    for (let step = 0; step < 9; step++) {
      await page.keyboard.press('Tab');
      rest.push(await focused());
    }
    expect(rest).toEqual([
      'Copy this text',
      'Text: The developer',
      expect.stringContaining('35 seconds'),
      'Test with a quiet stretch',
      'Copy a link to this result',
      'Copy the report (JSON)',
      'Download the report (JSON)',
      'What the report contains',
      'The same in numbers',
    ]);
  });
});
