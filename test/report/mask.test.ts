import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskHeaders, maskUrl, maskUrls } from '../../src/report/mask.ts';

describe('A URL', () => {
  test.each([
    ['https://user:pw@example.com/a?token=abc&page=2#frag', 'https://example.com/a?token=***&page=***'],
    ['https://example.com/a?abc', 'https://example.com/a?***'],
    ['https://example.com/a?x=', 'https://example.com/a?x=***'],
    ['https://example.com/a?x=1=2&&y', 'https://example.com/a?x=***&&***'],
    ['https://a@b@example.com/p@q', 'https://example.com/p@q'],
    ['/relative?secret=1', '/relative?secret=***'],
    ['//user@host/path', '//host/path'],
    ['https://example.com/plain', 'https://example.com/plain'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });

  test('shows no value of any query parameter, whatever it holds', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.stringMatching(/^[A-Za-z0-9._~-]{6,30}$/), (base, secret) => {
        const marked = `S3CR3T${secret}`;
        const url = `${base.split(/[?#]/, 1)[0]}?a=${marked}&${marked}&b=1${marked}#${marked}`;
        expect(maskUrl(url)).not.toContain(marked);
      }),
    );
  });

  test('inside a sentence is masked, the sentence stays', () => {
    expect(maskUrls('moved to https://u:p@h/x?k=v, see "http://i/?q=1" there')).toBe(
      'moved to https://h/x?k=***, see "http://i/?q=***" there',
    );
  });
});

describe('Response fields', () => {
  test.each([
    ['Set-Cookie', 'sid=abcdef; Path=/; HttpOnly', 'sid=***'],
    ['set-cookie', 'abcdef', '***'],
    ['Authorization', 'Bearer abc', '***'],
    ['X-Api-Key', 'abc', '***'],
    ['x-auth-token', 'abc', '***'],
    ['Mcp-Session-Id', 'abc', '***'],
    ['Ocp-Apim-Subscription-Key', 'abc', '***'],
    ['X-Amz-Security-Token', 'abc', '***'],
    ['WWW-Authenticate', 'Negotiate YIIabc==', 'Negotiate ***'],
    ['WWW-Authenticate', 'Basic', 'Basic'],
    ['Location', '/login?next=abc#x', '/login?next=***'],
    ['Link', '</a?page=abc>; rel="next"', '</a?page=***>; rel="next"'],
    ['Content-Location', 'https://u:p@h/?q=abc', 'https://h/?q=***'],
  ])('%s: %s is shown as %s', (name, value, shown) => {
    expect(maskHeaders([[name, value]])).toEqual([[name, shown]]);
  });

  test.each([
    ['Content-Type', 'text/event-stream; charset=utf-8'],
    ['Cache-Control', 'no-cache, no-transform'],
    ['X-Accel-Buffering', 'no'],
    ['Incremental', '?1'],
    ['Server', 'nginx/1.22.1'],
    ['Via', '1.1 varnish, 1.1 nghttpx'],
    ['Transfer-Encoding', 'chunked'],
    ['CF-Ray', '8a1b2c3d-AMS'],
    ['Access-Control-Allow-Credentials', 'true'],
  ])('%s: %s is shown as it is', (name, value) => {
    expect(maskHeaders([[name, value]])).toEqual([[name, value]]);
  });

  test('keep their order, case and repeats', () => {
    const names = maskHeaders([
      ['B', '1'],
      ['a', '2'],
      ['Set-Cookie', 'x=1'],
      ['Set-Cookie', 'y=2'],
    ]);
    expect(names).toEqual([
      ['B', '1'],
      ['a', '2'],
      ['Set-Cookie', 'x=***'],
      ['Set-Cookie', 'y=***'],
    ]);
  });
});
