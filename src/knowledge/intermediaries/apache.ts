import { BUFFER_HOLDS, COMPRESSION, type Intermediary, TIMER_HOLDS } from '../intermediary.ts';
import { rawBodyStart } from '../readings.ts';

export const apache: Intermediary = {
  id: 'apache',
  name: 'Apache httpd',
  explain:
    'mod_proxy_http flushes whenever the backend pauses, so it streams event by event by default, also through mod_deflate. What holds: mod_proxy_fcgi and mod_proxy_ajp without flushpackets, and mod_ratelimit (200 ms ticks). Quiet streams end after ProxyTimeout (60 s). It ignores X-Accel-Buffering and passes it on; mod_deflate compresses in spite of no-transform.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^Apache(?:\/([\d.]+))?(?!Traffic)/, confidence: 'likely' },
    {
      what: 'its error page',
      confidence: 'certain',
      seen: (observation) =>
        (observation.response?.status ?? 0) >= 400 && /<address>Apache\//.test(rawBodyStart(observation))
          ? 'its error page'
          : null,
    },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: 'ProxyTimeout',
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxytimeout',
    },
    {
      seconds: 60,
      kind: 'first-byte',
      setting: 'ProxyTimeout',
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxytimeout',
    },
  ],
  measured: [
    {
      version: '2.4.71',
      setting: 'mod_ratelimit (the default holds nothing)',
      finding: 'held-for-time',
      curedBy: [],
    },
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      change: 'ProxyPass "/stream" "fcgi://127.0.0.1:9000/" enablereuse=on flushpackets=on',
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_proxy_fcgi.html',
    },
    {
      for: [...TIMER_HOLDS],
      change: 'SetEnv rate-limit 0  # in a <Location> of the stream, below the one that sets RATE_LIMIT',
      config: 'configs/apache/passthrough.conf',
      proven: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_ratelimit.html',
    },
    {
      for: [...COMPRESSION],
      change: 'SetEnvIf Request_URI "^/stream" no-gzip=1',
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_deflate.html',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      change: 'ProxyTimeout 3600',
      config: 'configs/apache/passthrough.conf',
      proven: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxytimeout',
    },
  ],
  because: {
    'held-until-close':
      'Apache streams what mod_proxy_http brings; FastCGI and AJP backends are held without flushpackets.',
    'held-until-full':
      'Apache streams what mod_proxy_http brings; FastCGI and AJP backends are held without flushpackets.',
    'held-for-time': 'mod_ratelimit lets data go every 200 ms.',
    'cut-when-idle': 'Apache ends a proxied answer that was silent for ProxyTimeout (60 s by default).',
  },
  sources: [
    'https://httpd.apache.org/docs/2.4/mod/mod_proxy.html',
    'https://httpd.apache.org/docs/2.4/mod/mod_proxy_fcgi.html',
    'https://httpd.apache.org/docs/2.4/mod/mod_deflate.html',
    'https://github.com/apache/httpd/blob/trunk/modules/proxy/mod_proxy_http.c',
  ],
};
