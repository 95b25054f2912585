import type { RequestArguments } from './probe-flags.ts';

/** What `unclog curl` does with one of curl's flags. */
export type CurlFlag =
  /** Taken over: the name of the probe's own argument. */
  | { take: keyof RequestArguments; kind: 'switch' | 'text' | 'list' }
  /** A piece of the request body. */
  | { data: '-d' | '--data-raw' | '--data-binary' }
  | { url: true }
  /** Does nothing for a measurement; `value`: a word follows. */
  | { ignore: string; value?: boolean }
  /** Cannot be done here: why, as the rest of a sentence. */
  | { refuse: string; value?: boolean };

const OUTPUT = 'the report goes to stdout';

/** curl's flags by long name. */
export const CURL_FLAGS: Readonly<Record<string, CurlFlag>> = {
  request: { take: 'request', kind: 'text' },
  header: { take: 'header', kind: 'list' },
  cookie: { take: 'cookie', kind: 'list' },
  user: { take: 'user', kind: 'text' },
  'user-agent': { take: 'userAgent', kind: 'text' },
  referer: { take: 'referer', kind: 'text' },
  location: { take: 'location', kind: 'switch' },
  proxy: { take: 'proxy', kind: 'text' },
  noproxy: { take: 'noproxy', kind: 'text' },
  insecure: { take: 'insecure', kind: 'switch' },
  cert: { take: 'cert', kind: 'text' },
  key: { take: 'key', kind: 'text' },
  cacert: { take: 'cacert', kind: 'text' },
  compressed: { take: 'compressed', kind: 'switch' },
  resolve: { take: 'resolve', kind: 'list' },
  'http1.0': { take: 'http1.0', kind: 'switch' },
  'http1.1': { take: 'http1.1', kind: 'switch' },
  http2: { take: 'http2', kind: 'switch' },
  'http2-prior-knowledge': { take: 'http2PriorKnowledge', kind: 'switch' },
  'unix-socket': { take: 'unixSocket', kind: 'text' },
  'max-time': { take: 'maxTime', kind: 'text' },
  get: { take: 'get', kind: 'switch' },
  data: { data: '-d' },
  'data-ascii': { data: '-d' },
  'data-raw': { data: '--data-raw' },
  'data-binary': { data: '--data-binary' },
  url: { url: true },
  ...ignored('nothing is printed while measuring', [
    ...['no-buffer', 'silent', 'show-error', 'include', 'verbose', 'progress-bar', 'no-progress-meter'],
    ...['trace-time', 'fail', 'fail-with-body', 'fail-early', 'styled-output', 'no-silent', 'no-include'],
  ]),
  ...ignored('it changes nothing here', ['globoff', 'path-as-is', 'tcp-nodelay', 'no-keepalive', 'disable']),
  ...ignored(OUTPUT, ['remote-name', 'remote-header-name', 'create-dirs']),
  ...ignoredWithValue(OUTPUT, ['output', 'write-out', 'dump-header', 'stderr', 'trace', 'trace-ascii']),
  ...ignoredWithValue('--wait-first says how long to wait', ['connect-timeout', 'keepalive-time']),
  ...ignoredWithValue('nothing is transferred again', ['retry', 'retry-delay', 'retry-max-time']),
  head: { refuse: 'a HEAD answer has no body to measure' },
  form: { refuse: 'a multipart body is not built here, give it with --data-binary @FILE', value: true },
  'upload-file': { refuse: 'give the body with --data-binary @FILE and -X PUT', value: true },
  'data-urlencode': { refuse: 'give the encoded text with --data-raw', value: true },
  config: { refuse: 'write its flags into the line', value: true },
  netrc: { refuse: 'give the credentials with -u or -H' },
  'cookie-jar': { refuse: 'cookies are not kept', value: true },
  'location-trusted': { refuse: 'credentials are never sent to another host' },
  next: { refuse: 'one request is measured at a time' },
  http3: { refuse: 'HTTP/3 is not spoken here' },
  'http3-only': { refuse: 'HTTP/3 is not spoken here' },
  socks5: { refuse: 'only HTTP proxies are supported', value: true },
  'socks5-hostname': { refuse: 'only HTTP proxies are supported', value: true },
};

/** curl's short flags and the long names they stand for. */
export const CURL_SHORT: Readonly<Record<string, string>> = {
  X: 'request',
  H: 'header',
  b: 'cookie',
  u: 'user',
  A: 'user-agent',
  e: 'referer',
  L: 'location',
  x: 'proxy',
  k: 'insecure',
  E: 'cert',
  '0': 'http1.0',
  m: 'max-time',
  G: 'get',
  d: 'data',
  N: 'no-buffer',
  s: 'silent',
  S: 'show-error',
  i: 'include',
  v: 'verbose',
  '#': 'progress-bar',
  f: 'fail',
  g: 'globoff',
  q: 'disable',
  O: 'remote-name',
  J: 'remote-header-name',
  o: 'output',
  w: 'write-out',
  D: 'dump-header',
  I: 'head',
  F: 'form',
  T: 'upload-file',
  K: 'config',
  n: 'netrc',
  c: 'cookie-jar',
  ':': 'next',
};

function ignored(ignore: string, names: string[]): Record<string, CurlFlag> {
  return Object.fromEntries(names.map((name) => [name, { ignore }]));
}

function ignoredWithValue(ignore: string, names: string[]): Record<string, CurlFlag> {
  return Object.fromEntries(names.map((name) => [name, { ignore, value: true }]));
}
