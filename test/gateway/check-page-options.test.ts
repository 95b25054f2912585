import { afterEach, expect, test } from 'vitest';
import { createGateway, type GatewayOptions, type RunningGateway } from '../../src/gateway/gateway.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const CHECK = '/app/.well-known/unclog/';
const open: RunningGateway[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(options: Partial<GatewayOptions> = {}): Promise<string> {
  const gateway = await createGateway({
    upstream: 'http://127.0.0.1:9',
    listen: LOCAL,
    check: true,
    ...options,
  });
  open.push(gateway);
  return gateway.url + CHECK;
}

test('a gateway tells its check page of the second origin, and lets it connect there and to itself only', async () => {
  const url = await start({ compareOrigin: 'https://direct.example.com/base' });
  const page = await fetch(url, { headers: { Accept: 'text/html' } });
  expect(page.headers.get('content-security-policy')).toContain(
    "connect-src 'self' https://direct.example.com;",
  );
  expect(await page.text()).toContain('id="config">{"compareOrigin":"https://direct.example.com/base/"}<');
});

test('a gateway lets the named page read, and no other', async () => {
  const url = await start({ allowOrigin: ['https://app.example.com'] });
  const ask = (origin: string) => fetch(`${url}clock`, { headers: { Origin: origin } });
  const named = await ask('https://app.example.com');
  expect(named.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(named.headers.get('timing-allow-origin')).toBe('https://app.example.com');
  expect(named.headers.get('vary')).toContain('Origin');
  const other = await ask('https://elsewhere.example');
  expect(other.headers.get('access-control-allow-origin')).toBeNull();
  expect(other.headers.get('timing-allow-origin')).toBeNull();
});

test.each([
  [{ compareOrigin: 'direct.example.com' }, /^compareOrigin: "direct\.example\.com" is no base address/],
  [{ compareOrigin: 'https://user:secret@direct.example.com/' }, /^compareOrigin: .* is no base address/],
  [{ allowOrigin: ['https://app.example.com/page'] }, /^allowOrigin\[0\]: .* is no origin/],
  [
    { check: false, compareOrigin: 'https://a.example/' },
    /^compareOrigin is for the check page, which is off/,
  ],
  [{ check: false, allowOrigin: ['https://a.example'] }, /^allowOrigin is for the check page, which is off/],
] as [Partial<GatewayOptions>, RegExp][])('%j is refused with a sentence', async (options, sentence) => {
  await expect(start(options)).rejects.toThrow(sentence);
});
