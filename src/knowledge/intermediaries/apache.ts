import {
  BUFFER_HOLDS,
  COMPRESSION,
  type Intermediary,
  measuredAborts,
  TIMER_HOLDS,
} from '../intermediary.ts';
import { rawBodyStart } from '../readings.ts';

export const apache: Intermediary = {
  id: 'apache',
  name: 'Apache httpd',
  kind: 'proxy',
  tried: { version: '2.4.71', date: '2026-11-22' },
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
    {
      version: '2.4.71',
      setting: 'mod_proxy_fcgi without flushpackets',
      finding: 'held-until-close',
      config: 'configs/apache/passthrough-fcgi.conf',
      curedBy: [],
    },
  ],
  passesAborts: measuredAborts({
    'configs/apache/passthrough.conf': 'on write',
    'configs/apache/buffering.conf': 'on write',
  }),
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'the ProxyPass line of the FastCGI backend (mod_proxy_fcgi, mod_proxy_ajp)',
      change: 'ProxyPass "/" "fcgi://127.0.0.1:8000/" flushpackets=on',
      config: 'configs/apache/passthrough-fcgi.conf',
      proven: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_proxy_fcgi.html',
    },
    {
      for: [...TIMER_HOLDS],
      section: 'a <Location> or <LocationMatch> of the <VirtualHost>',
      change: 'SetEnv rate-limit 0  # in a <Location> of the stream, below the one that sets RATE_LIMIT',
      config: 'configs/apache/passthrough.conf',
      proven: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_ratelimit.html',
    },
    {
      for: [...COMPRESSION],
      section: 'in place of SetOutputFilter DEFLATE',
      change:
        'AddOutputFilterByType DEFLATE text/html text/css text/plain application/javascript application/json',
      config: 'configs/apache/passthrough-deflate.conf',
      proven: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_filter.html#addoutputfilterbytype',
    },
    {
      for: [...COMPRESSION],
      section: 'server config or <VirtualHost>',
      change: 'SetEnvIf Request_URI "^/stream" no-gzip=1',
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_deflate.html',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'server config or <VirtualHost>; or timeout=3600 on the ProxyPass line',
      change: 'ProxyTimeout 3600',
      config: 'configs/apache/passthrough.conf',
      proven: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxytimeout',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'above the ProxyPass of the rest, which keeps its timeout',
      change: 'ProxyPass "/stream" "http://127.0.0.1:8000/stream" timeout=3600',
      config: 'configs/apache/passthrough-idle.conf',
      proven: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxypass',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS, ...TIMER_HOLDS],
      advice: 'flushpackets=on or flushwait=10 on a ProxyPass to http://',
      why: 'mod_proxy_http flushes whenever the backend pauses and does not read these options; they are for FastCGI and AJP.',
      tested: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_proxy.html',
    },
    {
      for: ['cut-when-idle'],
      advice: 'KeepAliveTimeout 3600',
      why: 'It is the time between two requests on one connection; a stream is one request that has not ended.',
      tested: true,
      source: 'https://httpd.apache.org/docs/2.4/mod/core.html#keepalivetimeout',
    },
    {
      for: [...COMPRESSION],
      advice: 'Cache-Control: no-transform from the application, with SetOutputFilter DEFLATE',
      why: 'mod_deflate does not look at it when the filter is set by SetOutputFilter; only filters added through mod_filter do.',
      source: 'https://httpd.apache.org/docs/2.4/mod/mod_filter.html',
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
