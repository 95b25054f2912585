import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerPage } from '../../src/http/answer-page.ts';
import { listen } from '../../src/http/listen.ts';
import { loadPage, type PageName } from '../../src/page-file.ts';

const NAMES: PageName[] = ['check', 'demo', 'report'];
const MOST_BYTES = 150_000;

describe.each(NAMES)('the page %s', (name) => {
  const { html, policy } = loadPage(name);

  it('needs nothing but itself', () => {
    expect(html).not.toMatch(/<(?:script|img|iframe|source|video)[^>]*\ssrc="(?!data:)/);
    expect(html).not.toMatch(/<link[^>]*\shref="(?!data:)/);
    expect(html).not.toMatch(/@import|url\((?!["']?(?:data:|#))/);
  });

  it(`is no more than ${MOST_BYTES} bytes on the wire`, () => {
    expect(gzipSync(html).length).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('is allowed to run its own script and style, and nothing else', () => {
    const [, script] = /<script type="module"[^>]*>([\s\S]*?)<\/script>/.exec(html) ?? [];
    expect(script?.length).toBeGreaterThan(100);
    const hash = createHash('sha256')
      .update(script ?? '')
      .digest('base64');
    expect(policy()).toContain(`script-src 'sha256-${hash}';`);
    expect(policy()).toContain("default-src 'none'");
    expect(policy()).toContain("connect-src 'none'");
    expect(policy(["'self'", 'https://a.example'])).toContain("connect-src 'self' https://a.example;");
    expect(policy()).not.toContain('unsafe');
  });
});

async function serve(): Promise<string> {
  const server = createServer((request, response) => answerPage(request, response, loadPage('report')));
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${port}/`;
}

it.each([
  ['br', 'br'],
  ['gzip', 'gzip'],
  ['identity', null],
  ['br;q=0, gzip', 'gzip'],
])('a page comes whole to who accepts %s', async (accept, coding) => {
  const response = await fetch(await serve(), { headers: { 'Accept-Encoding': accept } });
  expect(response.headers.get('content-encoding')).toBe(coding);
  expect(await response.text()).toBe(loadPage('report').html);
  expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
});

it('a page is for reading', async () => {
  const url = await serve();
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
  const head = await fetch(url, { method: 'HEAD', headers: { 'Accept-Encoding': 'identity' } });
  expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(loadPage('report').html)));
});
