import { expect, test } from 'vitest';
import { PLAIN_LIMITS } from '../../src/origin/plain-page.ts';
import { sendRaw } from './raw-client.ts';
import { startOrigin } from './started-origin.ts';

const CHECK = '/any/prefix/.well-known/unclog/';
const HTML = { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };

test('a browser gets the page behind any prefix, others the list of endpoints', async () => {
  const { url } = await startOrigin();
  const page = await fetch(`${url}${CHECK}`, HTML);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('vary')).toContain('Accept');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'sha256-");
  expect(policy).toContain("connect-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(await page.text()).toContain('"compareOrigin":null');
  for (const accept of ['*/*', 'application/json', 'text/html;q=0, */*']) {
    const text = await fetch(`${url}${CHECK}`, { headers: { Accept: accept } });
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  }
});

test('the path without its last slash leads to the page, wherever it is', async () => {
  const { url } = await startOrigin();
  const answer = await fetch(`${url}/any/prefix/.well-known/unclog`, { ...HTML, redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([308, 'unclog/']);
});

test('the second origin is what the operator named: nothing in the request changes it', async () => {
  const { url } = await startOrigin({ compareOrigin: 'https://direct.example.com/</script><b>' });
  const page = await fetch(`${url}${CHECK}?compareOrigin=https://evil.example/`, HTML);
  expect(page.headers.get('content-security-policy')).toContain(
    "connect-src 'self' https://direct.example.com;",
  );
  const text = await page.text();
  expect(text).not.toContain('evil.example');
  expect(text).not.toContain('</script><b>');
});

test.each(['direct.example.com', 'ftp://a.example/', 'https://u:p@a.example/', 'https://a.example/?x=1'])(
  'a second origin "%s" is refused',
  async (compareOrigin) => {
    await expect(startOrigin({ compareOrigin })).rejects.toThrow(/is no base address, expected one such as/);
  },
);

test('only pages of the named origin may read, whichever endpoint they ask', async () => {
  const { url } = await startOrigin({ allowOrigin: ['https://app.example.com'] });
  const ask = async (path: string, origin: string) => {
    const answer = await fetch(`${url}${path}`, { headers: { Origin: origin } });
    await answer.body?.cancel();
    return answer.headers.get('access-control-allow-origin');
  };
  const endpoints = [`${CHECK}clock`, `${CHECK}stream?events=1&interval=1`];
  for (const path of endpoints) {
    expect(await ask(path, 'https://app.example.com')).toBe('https://app.example.com');
    expect(await ask(path, 'https://app.example.com.evil.example')).toBeNull();
    expect(await ask(path, 'null')).toBeNull();
  }
  expect(await ask('/healthz', 'https://app.example.com')).toBeNull();
});

test('a stream that resumes goes on behind the last event, and is not cut off again', async () => {
  const origin = await startOrigin();
  const stream = `${CHECK}stream?events=4&interval=1&cut-after=2&resume=yes&retry=300ms`;
  const cut = await sendRaw(origin, stream).closed;
  expect(cut.text).toContain('retry: 300\n\n');
  expect(cut.text.match(/^id: \d+$/gm)).toEqual(['id: 1', 'id: 2']);
  const resumed = await fetch(origin.url + stream, { headers: { 'Last-Event-ID': '2' } });
  expect((await resumed.text()).match(/^id: \d+$/gm)).toEqual(['id: 3', 'id: 4']);
  const over = await fetch(origin.url + stream, { headers: { 'Last-Event-ID': '4' } });
  expect(over.status).toBe(204);
  const other = await fetch(`${origin.url}${CHECK}stream?events=1&interval=1`, {
    headers: { 'Last-Event-ID': '7' },
  });
  expect(await other.text()).toContain('id: 1\n');
});

test('the page without script sends a line a second, and its picture tells when it was asked for', async () => {
  const origin = await startOrigin();
  const client = sendRaw(origin, `${CHECK}plain`);
  await client.waitFor(/<th scope="row">1<\/th>/);
  expect(client.text()).not.toContain('<th scope="row">2</th>');
  expect(client.text()).toContain("img-src 'self' data:;");
  const source = /src="(plain\/picture\?page=[\w-]+)&amp;line=1"/.exec(client.text())?.[1];
  const picture = await fetch(`${origin.url}${CHECK}${source}&line=1`);
  expect(picture.headers.get('content-type')).toBe('image/svg+xml');
  expect(await picture.text()).toMatch(/>ok: 0\.\d\d s</);
  // A line that was not sent yet has no time.
  expect(await (await fetch(`${origin.url}${CHECK}${source}&line=9`)).text()).toContain('>unknown<');
  client.socket.destroy();
});

test.each(['', 'page=x', 'page=AAAAAAAAAAAAAAAA', 'page=AAAAAAAAAAAAAAAA&line=99', 'page=<svg>&line=1'])(
  'a picture for "%s" is refused',
  async (query) => {
    const { url } = await startOrigin();
    const answer = await fetch(`${url}${CHECK}plain/picture?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toContain('<svg>&line');
  },
);

test('one address can have only so many pages without script open', async () => {
  const origin = await startOrigin();
  const open = Array.from({ length: PLAIN_LIMITS.pagesPerClient }, () => sendRaw(origin, `${CHECK}plain`));
  await Promise.all(open.map((client) => client.waitFor(/<tbody>/)));
  expect((await fetch(`${origin.url}${CHECK}plain`)).status).toBe(429);
  for (const { socket } of open) socket.destroy();
  await Promise.all(open.map(({ closed }) => closed));
  await expect
    .poll(async () => (await fetch(`${origin.url}${CHECK}plain`, { method: 'HEAD' })).status)
    .toBe(200);
});
