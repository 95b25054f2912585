import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { runProbe } from '../../src/probe/run-probe.ts';
import type { Report } from '../../src/types.ts';
import { CHROMIUM, collectComplaints, launchBrowser } from '../support/browser.ts';
import { startShippedNginx, startTestNginx } from '../support/nginx.ts';
import { runCli } from '../support/run-cli.ts';
import { hasTool } from '../support/tools.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const CHECK = '/some/prefix/.well-known/unclog/';
/** What the page opens as its fetch stream. */
const STREAM = `${CHECK}stream?events=20&size=40&interval=250ms`;

/** Broken off on purpose, to see what an EventSource does then; Chromium reports that on the console. */
const ON_PURPOSE = /ERR_INCOMPLETE_CHUNKED_ENCODING/;

/** A check takes ten seconds. On a machine that is busy all the while streams are late for no other reason: once more, then. */
const WITHIN = { timeout: 180_000, retry: 2 };

describe.runIf(CHROMIUM !== undefined && hasTool('nginx'))('the check page in a real browser', () => {
  let browser: Browser;
  let origin: RunningOrigin;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    [browser, origin] = await Promise.all([launchBrowser(), createOrigin({ listen: LOCAL })]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all(closing.map((close) => close()));
    await origin.close();
  });

  async function started<T extends { close(): Promise<unknown> }>(one: Promise<T>): Promise<T> {
    const server = await one;
    closing.push(() => server.close());
    return server;
  }

  async function open(base: string): Promise<{ page: Page; complaints: readonly string[] }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints = collectComplaints(page);
    await page.goto(`${base}${CHECK}`, { timeout: 60_000 });
    return { page, complaints };
  }

  const headline = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();
  const done = (page: Page) => page.locator('main[data-state="done"]').waitFor({ timeout: 60_000 });

  /** The file that the page offers, and where it was saved. */
  async function download(page: Page): Promise<{ file: string; report: Report }> {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download/ }).click(),
    ]);
    const file = await saved.path();
    return { file, report: (JSON.parse(readFileSync(file, 'utf8')) as { report: Report }).report };
  }

  it.concurrent(
    'says that all is well on the direct way, and finds the limit of six connections',
    WITHIN,
    async () => {
      const { page, complaints } = await open(origin.url);
      await done(page);
      expect(await headline(page)).toContain('arrive here in time');
      await page.getByText('the server went on with the next event').waitFor();
      await page.getByText('Only 6 of 8 streams opened at the same time').waitFor();
      const { report } = await download(page);
      expect(report.hops[0]).toMatchObject({ verdict: 'streaming', measured: { lastEventId: 'passed' } });
      const limit = report.findings.find(({ id }) => id === 'http-1-connection-limit');
      expect(limit).toMatchObject({ severity: 'info', confidence: 'proven' });
      expect(complaints.filter((text) => !ON_PURPOSE.test(text))).toEqual([]);
    },
  );

  it.concurrent(
    'behind a stock nginx names the hold as the command line does, in a file that diagnose reads',
    WITHIN,
    async () => {
      const nginx = await started(startTestNginx({ upstream: origin.url }));
      const asked = runProbe([{ name: 'public', url: `${nginx.url}${STREAM}` }]);
      const { page } = await open(nginx.url);
      await done(page);
      expect(await headline(page)).toBe(
        `Something between you and ${new URL(nginx.url).host} holds streams up`,
      );
      const { file, report } = await download(page);
      const [hop] = report.hops;
      const probed = (await asked).hops[0];
      expect(hop).toMatchObject({ verdict: probed?.verdict, hold: { kind: probed?.hold?.kind } });
      expect(hop?.intermediaries.map(({ id }) => id)).toContain('nginx');
      expect(report.findings[0]).toMatchObject({ id: 'held-until-close', confidence: 'proven' });
      const again = await runCli(['diagnose', file, '--json']);
      expect(again.code, again.stderr).toBe(1);
      const judged = JSON.parse(again.stdout) as Report;
      expect(judged.hops[0]).toMatchObject({ verdict: 'held', hold: { kind: 'until-close' } });
      expect(judged.findings.map(({ id }) => id)).toEqual(report.findings.map(({ id }) => id));
    },
  );

  it.concurrent('behind nginx with the shipped passthrough configuration all is well', WITHIN, async () => {
    const nginx = await started(startShippedNginx('passthrough', origin.url));
    const { page } = await open(nginx.url);
    await done(page);
    expect(await headline(page)).toContain('arrive here in time');
  });

  it.concurrent(
    'on a gateway with its check path on all is well, and a stock nginx before it is found',
    WITHIN,
    async () => {
      const gateway = await started(createGateway({ upstream: origin.url, listen: LOCAL, check: true }));
      const nginx = await started(startTestNginx({ upstream: gateway.url }));
      const [direct, behind] = await Promise.all([open(gateway.url), open(nginx.url)]);
      await Promise.all([done(direct.page), done(behind.page)]);
      expect(await headline(direct.page)).toContain('arrive here in time');
      expect((await download(behind.page)).report.hops[0]).toMatchObject({
        verdict: 'held',
        hold: { kind: 'until-close' },
      });
    },
  );
});
