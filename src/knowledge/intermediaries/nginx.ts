import type { HopFacts, Observation } from '../../types.ts';
import { type Intermediary, measuredAborts } from '../intermediary.ts';
import { hasAccelOptOut, headersOf, isEventStreamType } from '../readings.ts';
import { NGINX_FIXES, NGINX_INEFFECTIVE } from './nginx-advice.ts';

const PROXY = 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html';
const SSL = 'https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_buffer_size';
const GZIP = 'https://nginx.org/en/docs/http/ngx_http_gzip_module.html#gzip_types';

/** nginx's SSL buffer; over TLS to an HTTP/1.1 client buffered answers leave in blocks of about this size. */
const SSL_BUFFER_BYTES = 16_384;

function overTlsHttp1(hop: HopFacts): boolean {
  return hop.observation.tls !== null && (hop.observation.response?.httpVersion ?? '1.1').startsWith('1.');
}

/** Whether `version` is 1.29.7 or newer: from then on nginx speaks HTTP/1.1 to the server behind it by default. */
export function speaksHttp11ByDefault(version: string | null): boolean | null {
  if (version === null) return null;
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major > 1 || minor > 29 || (minor === 29 && patch >= 7);
}

function whyBuffered(hop: HopFacts): string {
  const block = hop.hold?.blockBytes ?? null;
  if (overTlsHttp1(hop) && block !== null && block > SSL_BUFFER_BYTES / 2) {
    return 'Over HTTPS to an HTTP/1.1 client nginx also collects buffered answers in its 16 KiB SSL buffer, whatever protocol it speaks behind; the same address over HTTP/2 can look fine.';
  }
  const version = hop.intermediaries.find(({ id }) => id === 'nginx')?.version ?? null;
  const newer = speaksHttp11ByDefault(version);
  const protocol =
    newer === true
      ? 'This version asks for chunked answers by default, so either its configuration says proxy_http_version 1.0 or the server behind it sends none.'
      : 'Before 1.29.7 it asks for answers that are not chunked (proxy_http_version 1.0), unless told otherwise.';
  return `With proxy_buffering on, the default, an answer that is not chunked leaves only when 4096 bytes are full or it ends. ${protocol}`;
}

function whyHeadHeld(): string {
  return 'With proxy_buffering on nginx keeps the response head back until the first byte of the body; EventSource stays in CONNECTING until then. A comment line (":" and an empty line) sent at once would release it too.';
}

/** The opt-out reaching the client through nginx means nginx added it itself: it removes the origin's. */
export function wrongSideOptOut(observation: Observation, nearer: Observation | null): boolean {
  const headers = observation.response?.headers ?? [];
  return hasAccelOptOut(headers) && !(nearer !== null && hasAccelOptOut(nearer.response?.headers ?? []));
}

export const nginx: Intermediary = {
  id: 'nginx',
  name: 'nginx',
  kind: 'proxy',
  tried: { version: '1.22.1', date: '2026-11-22' },
  explain:
    'Buffers answers by default. It speaks HTTP/1.0 to the server behind it (HTTP/1.1 since 1.29.7); an answer that is not chunked leaves in blocks of one proxy buffer, 4096 bytes, and a short stream leaves only when it ends. With HTTP/1.1 behind it chunked events flow, but the response head waits for the first event, and over HTTPS to HTTP/1.1 clients everything waits for 16 KiB. It obeys X-Accel-Buffering: no and removes that header, so a second nginx in front never sees it.',
  holdsByDefault: true,
  honours: { xAccelBuffering: true, incremental: false, noTransform: false },
  folders: ['nginx'],
  marks: [
    { field: 'server', matches: /^nginx(?:\/([\d.]+))?/i, confidence: 'certain' },
    { field: 'server', matches: /^(?:openresty|tengine)/i, confidence: 'likely' },
    { field: 'x-nginx-cache', confidence: 'likely' },
    {
      what: 'X-Accel-Buffering sent by the hop before is gone',
      confidence: 'likely',
      seen: (observation, nearer) =>
        nearer?.response != null &&
        observation.response !== null &&
        // An error page of the hop's own never had it.
        observation.response.status === nearer.response.status &&
        hasAccelOptOut(nearer.response.headers) &&
        !observation.response.headers.some(([name]) => name.toLowerCase() === 'x-accel-buffering')
          ? 'it removed X-Accel-Buffering'
          : null,
    },
  ],
  limits: [
    { seconds: 60, kind: 'idle', setting: 'proxy_read_timeout', source: `${PROXY}#proxy_read_timeout` },
    { seconds: 60, kind: 'first-byte', setting: 'proxy_read_timeout', source: `${PROXY}#proxy_read_timeout` },
  ],
  passesAborts: measuredAborts({
    'nginx/passthrough.conf': 'at once',
    'configs/nginx/passthrough.conf': 'at once',
    'nginx/buffered.conf': 'at once',
  }),
  measured: [
    {
      version: '1.22.1',
      setting: 'proxy_buffering on (the default)',
      finding: 'held-until-close',
      config: 'configs/nginx/passthrough.conf',
      curedBy: ['x-accel-buffering', 'gateway-behind'],
    },
    {
      version: '1.22.1',
      setting: '"gzip_types *" with proxy_buffering on',
      finding: 'compressed-unflushed',
      config: 'configs/nginx/passthrough-gzip.conf',
      curedBy: ['x-accel-buffering', 'gateway-behind', 'gateway-in-front'],
    },
    {
      version: '1.22.1',
      setting: 'fastcgi_buffering on (the default), with proxy_buffering off',
      finding: 'held-until-close',
      config: 'configs/nginx/passthrough-fastcgi.conf',
      curedBy: ['x-accel-buffering', 'gateway-behind'],
    },
  ],
  fixes: NGINX_FIXES,
  ineffective: NGINX_INEFFECTIVE,
  because: {
    'held-until-close': whyBuffered,
    'held-until-full': whyBuffered,
    'held-initially': whyBuffered,
    'head-held': whyHeadHeld,
    'held-unknown': (hop) => (isEventStreamType(hop) || headersOf(hop).length > 0 ? whyBuffered(hop) : null),
    'compressed-unflushed':
      'nginx with gzip for this content type flushes its compressor only when buffering is off; with buffering on even the response head waits for the end.',
    'cut-when-idle':
      'nginx closes an upstream connection that was silent for proxy_read_timeout (60 s by default).',
    'request-body-held': 'nginx collects request bodies unless proxy_request_buffering is off.',
    'held-for-time':
      'nginx with proxy_cache writes what it is storing to a file, and the kernel waits up to 200 ms for full packets of it (sendfile with tcp_nopush).',
    'served-from-cache':
      'nginx with proxy_cache stores what it may, and gives it to every reader of the address.',
    'abort-not-propagated':
      'nginx passes a leaving client on at once unless proxy_ignore_client_abort is on, or it stores the answer in a cache.',
    'opt-out-stripped':
      'nginx obeys X-Accel-Buffering and removes it, so an nginx further out never sees it and buffers.',
  },
  sources: [
    `${PROXY}#proxy_buffering`,
    `${PROXY}#proxy_http_version`,
    SSL,
    GZIP,
    'https://github.com/nginx/nginx/blob/master/src/event/ngx_event_pipe.c',
    'https://github.com/dstackai/dstack/issues/4269',
  ],
};
