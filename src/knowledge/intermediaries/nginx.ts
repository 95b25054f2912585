import type { HopFacts, Observation } from '../../types.ts';
import { BUFFER_HOLDS, COMPRESSION, type Intermediary, measuredAborts } from '../intermediary.ts';
import { hasAccelOptOut, headersOf, isEventStreamType } from '../readings.ts';

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
    'nginx/buffered.conf': 'at once',
  }),
  fixes: [
    {
      for: BUFFER_HOLDS,
      section: 'http, server or location block',
      change: 'proxy_buffering off;',
      config: 'nginx/passthrough.conf',
      proven: true,
      source: `${PROXY}#proxy_buffering`,
    },
    {
      for: ['compressed-unflushed'],
      section: 'http, server or location block',
      change: 'proxy_buffering off;',
      config: 'nginx/passthrough.conf',
      proven: true,
      source: `${PROXY}#proxy_buffering`,
    },
    {
      for: ['http-1-0'],
      section: 'http, server or location block',
      change: 'proxy_http_version 1.1;\nproxy_set_header Connection "";',
      versions: 'needed before 1.29.7, the default since',
      tested: true,
      source: `${PROXY}#proxy_http_version`,
    },
    {
      for: COMPRESSION,
      section: 'http, server or location block',
      change: 'gzip off;',
      tested: true,
      source: GZIP,
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'http, server or location block',
      change: 'proxy_read_timeout 1h;',
      config: 'nginx/passthrough.conf',
      proven: true,
      source: `${PROXY}#proxy_read_timeout`,
    },
    {
      for: ['opt-out-stripped'],
      section: 'http, server or location block',
      change: 'proxy_pass_header X-Accel-Buffering;',
      config: 'nginx/passthrough.conf',
      proven: true,
      source: `${PROXY}#proxy_pass_header`,
    },
    {
      for: ['served-from-cache'],
      section: 'http, server or location block',
      change: 'proxy_cache off;',
      source: `${PROXY}#proxy_cache`,
    },
    {
      for: ['request-body-held'],
      section: 'http, server or location block',
      change: 'proxy_request_buffering off;',
      source: `${PROXY}#proxy_request_buffering`,
    },
    {
      for: ['abort-not-propagated'],
      section: 'http, server or location block',
      change: 'proxy_ignore_client_abort off;',
      source: `${PROXY}#proxy_ignore_client_abort`,
    },
    {
      for: ['held-until-close', 'held-until-full', 'head-held'],
      rare: true,
      section: 'the location with fastcgi_pass, uwsgi_pass or scgi_pass',
      change:
        'fastcgi_buffering off;  # beside uwsgi_pass: uwsgi_buffering off; beside scgi_pass: scgi_buffering off;',
      source: 'https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_buffering',
    },
    {
      for: ['held-until-close', 'held-until-full'],
      rare: true,
      tested: true,
      section: 'http, server or location block',
      change: '# remove X-Accel-Buffering from proxy_ignore_headers',
      source: `${PROXY}#proxy_ignore_headers`,
    },
    {
      for: ['held-for-time', 'held-unknown'],
      rare: true,
      section: 'http, server or location block',
      change:
        'limit_rate 0;  # and no X-Accel-Limit-Rate from the application: buffered answers are paced by it',
      source: `${PROXY}#proxy_limit_rate`,
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'add_header X-Accel-Buffering no;',
      why: 'nginx reads the header only from the answer of the server behind it; this adds it on the way to the client, after the decision.',
      tested: true,
      source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    },
    {
      for: [...BUFFER_HOLDS],
      advice: 'proxy_set_header X-Accel-Buffering no;',
      why: 'It puts the header into the request to the application, where nothing reads it.',
      tested: true,
      source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header',
    },
    {
      for: [...BUFFER_HOLDS],
      advice: 'chunked_transfer_encoding off; tcp_nodelay on; proxy_cache off; proxy_max_temp_file_size 0;',
      why: 'None of them touches the buffer: the first only changes the framing of the answer, so that a break can no longer be told from its end.',
      tested: true,
      source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    },
    {
      for: ['held-until-close', 'held-until-full'],
      advice: 'smaller proxy_buffers and proxy_buffer_size',
      why: 'Smaller buffers make smaller blocks; an event smaller than a block waits all the same.',
      tested: true,
      source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffers',
    },
    {
      for: ['held-until-full'],
      advice: 'ssl_buffer_size 4k;',
      why: 'It makes the blocks of HTTPS smaller; events still wait for a full one.',
      tested: true,
      source: 'https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_buffer_size',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      advice: 'keepalive_timeout 3600; send_timeout 3600; proxy_send_timeout 3600;',
      why: 'They are for the time between requests, for a client that does not read, and for the request on its way to the application.',
      tested: true,
      source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout',
    },
    {
      for: ['held-until-close', 'held-until-full'],
      advice: 'proxy_buffering off; where the backend is reached by fastcgi_pass, uwsgi_pass or scgi_pass',
      why: 'Each of these has its own directive: fastcgi_buffering, uwsgi_buffering, scgi_buffering.',
      source: 'https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_buffering',
    },
  ],
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
