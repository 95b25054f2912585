import { BUFFER_HOLDS, COMPRESSION, type Intermediary, measuredAborts } from '../intermediary.ts';
import { chunkStyle } from '../wire-style.ts';

export const varnish: Intermediary = {
  id: 'varnish',
  name: 'Varnish',
  kind: 'proxy',
  tried: { version: '7.1.1', date: '2026-11-22' },
  explain:
    'Streams by default, but shares one stream of the backend between all readers of a cacheable address and replays it to later ones. do_gzip compresses without flushing: the 10-byte gzip header comes at once, the rest at the end. do_stream false and ESI collect everything. It cuts quiet streams after between_bytes_timeout (60 s), and does not notice a leaving client at once. It ignores X-Accel-Buffering and no-transform.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'x-varnish', confidence: 'certain' },
    { field: 'via', matches: /\bvarnish\b/i, confidence: 'likely' },
    {
      what: 'chunk sizes with leading zeros',
      confidence: 'likely',
      seen: (observation, nearer) =>
        chunkStyle(observation)?.leadingZeros === true && chunkStyle(nearer)?.leadingZeros !== true
          ? 'chunk sizes with leading zeros'
          : null,
    },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: 'between_bytes_timeout',
      source: 'https://varnish-cache.org/docs/trunk/reference/varnishd.html#between-bytes-timeout',
    },
    {
      seconds: 60,
      kind: 'first-byte',
      setting: 'first_byte_timeout',
      source: 'https://varnish-cache.org/docs/trunk/reference/varnishd.html#first-byte-timeout',
    },
    {
      seconds: 60,
      kind: 'idle',
      setting: 'pipe_timeout (for return (pipe))',
      source: 'https://varnish-cache.org/docs/trunk/reference/varnishd.html#pipe-timeout',
    },
    {
      seconds: 600,
      kind: 'total',
      setting: 'send_timeout',
      source: 'https://varnish-cache.org/docs/trunk/reference/varnishd.html#send-timeout',
    },
  ],
  measured: [
    {
      version: '7.1.1',
      setting: 'beresp.do_gzip for text/*',
      finding: 'compressed-unflushed',
      curedBy: [],
    },
    {
      version: '7.1.1',
      setting: 'beresp.do_stream = false',
      finding: 'held-until-close',
      config: 'configs/varnish/passthrough-stream.vcl',
      curedBy: [],
    },
  ],
  passesAborts: measuredAborts({
    'configs/varnish/passthrough.vcl': 'on write',
    'configs/varnish/buffering.vcl': 'never',
    'configs/varnish/passthrough-pipe.vcl': 'at once',
  }),
  fixes: [
    {
      for: [...BUFFER_HOLDS, ...COMPRESSION],
      section: 'VCL, vcl_backend_response',
      change:
        'sub vcl_backend_response {\n    if (beresp.http.Content-Type ~ "text/event-stream") {\n        set beresp.do_stream = true;\n        set beresp.do_esi = false;\n        set beresp.do_gzip = false;\n        set beresp.uncacheable = true;\n    }\n}',
      config: 'configs/varnish/passthrough.vcl',
      proven: true,
      source: 'https://varnish-cache.org/docs/trunk/reference/vcl-var.html',
    },
    {
      for: ['served-from-cache'],
      section: 'VCL, vcl_recv',
      change:
        'sub vcl_recv {\n    if (req.http.Accept ~ "text/event-stream") {\n        return (pass);\n    }\n}',
      config: 'configs/varnish/passthrough-cache.vcl',
      proven: true,
      source: 'https://varnish-cache.org/docs/trunk/users-guide/vcl-built-in-subs.html',
    },
    {
      for: ['abort-not-propagated'],
      section: 'VCL, vcl_recv; and varnishd -p pipe_timeout=3600',
      change:
        'sub vcl_recv {\n    if (req.http.Accept ~ "text/event-stream" || req.url ~ "^/(stream|\\.well-known/unclog)(/|\\?|$)") {\n        return (pipe);\n    }\n}',
      config: 'configs/varnish/passthrough-pipe.vcl',
      proven: true,
      source: 'https://varnish-cache.org/docs/trunk/users-guide/vcl-built-in-subs.html',
    },
    {
      for: ['cut-when-idle', 'cut-by-age', 'timed-out-before-head'],
      section: 'VCL, vcl_backend_fetch',
      change:
        'sub vcl_backend_fetch {\n    set bereq.between_bytes_timeout = 1h;\n    set bereq.first_byte_timeout = 1h;\n}',
      config: 'configs/varnish/passthrough.vcl',
      proven: true,
      source: 'https://varnish-cache.org/docs/trunk/reference/vcl-var.html',
    },
    {
      for: ['cut-when-idle'],
      rare: true,
      section: 'the command that starts Varnish, where streams go through return (pipe)',
      change: '-p pipe_timeout=3600',
      tested: true,
      source: 'https://varnish-cache.org/docs/trunk/reference/varnishd.html#pipe-timeout',
    },
  ],
  ineffective: [
    {
      for: ['compressed-unflushed', 'held-until-close'],
      advice: 'unset req.http.Accept-Encoding; in vcl_recv',
      why: 'With do_gzip the answer is compressed on its way into Varnish, whatever the client accepts.',
      tested: true,
      source: 'https://varnish-cache.org/docs/trunk/users-guide/compression.html',
    },
    {
      for: ['compressed-unflushed', 'held-until-close'],
      advice: 'set beresp.ttl = 0s;',
      why: 'It is about keeping the answer, not about passing it on.',
      tested: true,
      source: 'https://varnish-cache.org/docs/trunk/reference/vcl-var.html',
    },
    {
      for: ['cut-when-idle'],
      advice: '-p timeout_idle=3600',
      why: 'It is the time between two requests of a client.',
      source: 'https://varnish-cache.org/docs/trunk/reference/varnishd.html#timeout-idle',
    },
  ],
  because: {
    'fixed-length': 'Varnish collects a whole answer with beresp.do_stream = false or do_esi.',
    'held-until-close': 'Varnish collects a whole answer with beresp.do_stream = false or do_esi.',
    'compressed-unflushed': 'Varnish do_gzip compresses without flushing.',
    'served-from-cache': 'Varnish shares a cacheable stream between readers and replays it.',
    'abort-not-propagated':
      'Varnish looks at its client only when it has something to write, and reads what it caches to the end; in a pipe it passes a leaving client on at once.',
    'cut-when-idle': 'Varnish ends an answer that was silent for between_bytes_timeout (60 s by default).',
  },
  sources: [
    'https://varnish-cache.org/docs/trunk/reference/vcl-var.html',
    'https://varnish-cache.org/docs/trunk/reference/varnishd.html',
    'https://github.com/varnishcache/varnish-cache/blob/master/bin/varnishd/cache/cache_gzip.c',
  ],
};
