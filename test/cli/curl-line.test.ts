import { describe, expect, it } from 'vitest';
import { parseCurlLine } from '../../src/cli/curl-line.ts';

const URL = 'https://example.com/stream';

describe('a pasted curl line', () => {
  const cases: [what: string, words: string[], expected: object][] = [
    ['a URL alone', [URL], { url: URL, request: {}, parts: [], notes: [] }],
    [
      'the word curl in front',
      ['curl', '-X', 'POST', URL],
      { url: URL, request: { request: 'POST' }, notes: [] },
    ],
    [
      'short flags that stand together',
      ['-sSNk', URL],
      { request: { insecure: true }, notes: ['not needed here: -s, -S, -N'] },
    ],
    [
      'a value next to its short flag',
      ['-XPUT', '-m30', '-HA: b', URL],
      { request: { request: 'PUT', maxTime: '30', header: ['A: b'] } },
    ],
    [
      'a short flag with a value at the end of others',
      ['-NXPOST', URL],
      { request: { request: 'POST' }, notes: ['not needed here: -N'] },
    ],
    [
      'pieces of the body in the order given',
      ['--data-raw', '@a', '-d', 'b=1', '--data-binary', '@-', URL],
      {
        parts: [
          { flag: '--data-raw', text: '@a' },
          { flag: '-d', text: 'b=1' },
          { flag: '--data-binary', text: '@-' },
        ],
      },
    ],
    ['a URL given with --url', ['--compressed', '--url', URL], { url: URL, request: { compressed: true } }],
    [
      'what a browser copies',
      ['-H', 'accept: text/event-stream', '-H', 'authority: example.com', '-b', 'sid=1; t=2', '--http2', URL],
      { request: { header: ['accept: text/event-stream'], cookie: ['sid=1; t=2'], http2: true } },
    ],
    [
      'codings that cannot be undone here',
      ['-H', 'Accept-Encoding: gzip, deflate, br, zstd', URL],
      {
        request: { header: ['Accept-Encoding: gzip, deflate, br'] },
        notes: ['Accept-Encoding without zstd: it cannot be undone here'],
      },
    ],
    [
      'flags about output, with and without a value',
      ['-o', '/dev/null', '-w', '%{http_code}', '-i', '--no-progress-meter', URL],
      { url: URL, notes: ['not needed here: -o, -w, -i, --no-progress-meter'] },
    ],
    [
      'flags of the probe among them, and behind --',
      [URL, '--duration', '3s', '--events=5', '--no-color', '--', '--json'],
      { url: URL, own: ['--duration', '3s', '--events=5', '--no-color', '--json'] },
    ],
    [
      'a URL without a scheme, as curl takes it',
      ['example.com/stream'],
      { url: 'http://example.com/stream', notes: ['no scheme given, http:// taken as curl does'] },
    ],
  ];
  it.each(cases)('may hold %s', (_what, words, expected) => {
    expect(parseCurlLine(words)).toMatchObject(expected);
  });

  const refused: [what: string, words: string[], sentence: RegExp][] = [
    ['a flag nobody knows', ['--fast', URL], /^--fast is not a flag of curl that is understood here/],
    ['an unknown letter among others', ['-sZN', URL], /^-Z is not a flag of curl/],
    ['a HEAD request', ['-I', URL], /^-I: this cannot be measured: a HEAD answer has no body/],
    ['a multipart form', ['-F', 'a=b', URL], /^-F: .*--data-binary/],
    ['a second URL', [URL, 'http://b/'], /^"http:\/\/b\/" is a second URL/],
    ['words that a shell without quotes split', ["'https://a/", "b'"], /PowerShell/],
    ['no URL', ['-N'], /^no URL given/],
    ['a value that is missing', [URL, '-H'], /^-H: its value is missing/],
    ['credentials for other hosts', ['--location-trusted', URL], /never sent to another host/],
  ];
  it.each(refused)('is refused in one sentence for %s', (_what, words, sentence) => {
    expect(() => parseCurlLine(words)).toThrow(sentence);
  });
});
