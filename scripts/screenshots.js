// Takes the pictures of the live demonstration that README.md shows, in light and in dark: the stream while nginx holds it,
// and the moment it lets go. What is in them was measured while they were taken.
//
//   npm run screenshots            into docs/images/
//   npm run screenshots -- .tmp/x  somewhere else
//
// Needs Chromium, and for a real hop nginx.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { findHopSource } from '../dist/demo/hop-source.js';
import { startLiveDemo } from '../dist/demo/live.js';

const out = resolve(process.argv[2] ?? 'docs/images');
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const MAX_BYTES = 120_000;
/** Of a README's column, in CSS pixels. */
const WIDTH = 880;
/** Events sent when the first picture is taken. */
const MIDWAY = 8;

/** The lanes alone, as they are on a page of this width: what a reader of README sees is the picture, not the controls. */
const ONLY_LANES = `
  .top, .switches, .config, .trouble, .intro { display: none !important; }
  main { padding: 0 !important; }
  .lane { grid-template: "head strip screen" 1fr / 9rem 1fr 9rem !important; }
  .lane > header { flex-direction: column; justify-content: center !important; align-items: flex-start !important; }
  .count strong { font-size: 2.6rem !important; }
  .news { font-size: 1rem !important; }
  *, *::before, *::after { animation: none !important; }
`;

const counts = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.lane .count strong')].map(({ textContent }) => Number(textContent)),
  );

async function until(page, isSo) {
  for (;;) {
    const seen = await counts(page);
    if (seen.length === 3 && isSo(seen)) return;
    await page.waitForTimeout(20);
  }
}

/** Chromium's own WebP: a third of a PNG's bytes. */
async function take(page, name) {
  const box = await page.locator('.lanes').boundingBox();
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: 80,
    clip: { ...box, scale: 1 },
  });
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length > MAX_BYTES) throw new Error(`${name} has ${bytes.length} bytes, more than ${MAX_BYTES}`);
  writeFileSync(`${out}/${name}.webp`, bytes);
  process.stdout.write(`${out}/${name}.webp: ${bytes.length} bytes\n`);
}

async function pictures(browser, url, colorScheme) {
  const page = await browser.newPage({
    viewport: { width: WIDTH, height: 900 },
    deviceScaleFactor: 2,
    colorScheme,
  });
  await page.goto(url);
  await page.evaluate((text) => {
    // A style element is what the page's policy forbids; a sheet made by script is not.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
  }, ONLY_LANES);
  await until(page, ([direct, held, gateway]) => direct === MIDWAY && gateway === MIDWAY && held === 0);
  await take(page, `demo-held-${colorScheme}`);
  await until(page, (seen) => seen.every((count) => count === 11));
  await page.waitForTimeout(300);
  await take(page, `demo-released-${colorScheme}`);
  await page.close();
}

mkdirSync(out, { recursive: true });
const live = await startLiveDemo(await findHopSource());
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  for (const colorScheme of ['light', 'dark']) await pictures(browser, live.url, colorScheme);
} finally {
  await browser.close();
  await live.close();
}
