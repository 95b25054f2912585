import type { Intermediary } from '../intermediary.ts';

export const h2o: Intermediary = {
  id: 'h2o',
  name: 'h2o',
  kind: 'proxy',
  tried: { version: '2.2.5', date: '2026-11-22' },
  explain:
    'Streams, but keeps the response head until the first byte of the body. Quiet streams end after proxy.timeout.io (30 s). It compresses no event stream, and looks for a client that left only when it has something to write.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [{ field: 'server', matches: /^h2o(?:\/([\d.]+))?/i, confidence: 'certain' }],
  limits: [
    {
      seconds: 30,
      kind: 'idle',
      setting: 'proxy.timeout.io',
      source: 'https://h2o.examp1e.net/configure/proxy_directives.html#proxy.timeout.io',
    },
    {
      seconds: 30,
      kind: 'first-byte',
      setting: 'proxy.timeout.io',
      source: 'https://h2o.examp1e.net/configure/proxy_directives.html#proxy.timeout.io',
    },
  ],
  measured: [
    {
      version: '2.2.5',
      setting: 'proxy.timeout.io: 30000 (the default)',
      finding: 'cut-when-idle',
      curedBy: [],
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'global, host or path level of h2o.conf',
      change: 'proxy.timeout.io: 3600000',
      config: 'configs/h2o/passthrough.conf',
      proven: true,
      source: 'https://h2o.examp1e.net/configure/proxy_directives.html#proxy.timeout.io',
    },
  ],
  ineffective: [],
  because: {
    'head-held': 'h2o sends the head with the first byte of the body.',
    'cut-when-idle': 'h2o ends a proxied answer that was silent for proxy.timeout.io (30 s by default).',
  },
  sources: ['https://h2o.examp1e.net/configure/proxy_directives.html'],
};
