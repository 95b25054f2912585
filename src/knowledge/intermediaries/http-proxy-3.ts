import type { Intermediary } from '../intermediary.ts';

export const httpProxy3: Intermediary = {
  id: 'http-proxy-3',
  name: 'http-proxy-3 (Node)',
  kind: 'application',
  tried: { version: '1.23.3', date: '2026-11-22' },
  explain:
    'The maintained successor of http-proxy: it passes on that a client has left. The response head waits for the first event, as with http-proxy.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  measured: [
    {
      version: '1.23.3',
      setting: 'proxy.web(), nothing else (the default)',
      finding: 'head-held',
      curedBy: [],
    },
  ],
  fixes: [
    {
      for: ['head-held'],
      section: 'beside createProxyServer',
      change:
        "proxy.on('proxyRes', (_answer, _request, response) => response.once('pipe', () => response.flushHeaders()));",
      config: 'configs/http-proxy-3/passthrough.mjs',
      proven: true,
      source: 'https://nodejs.org/api/http.html#responseflushheaders',
    },
  ],
  ineffective: [],
  because: {
    'head-held':
      'Node sends a response head together with the first piece of its body unless it is flushed, and http-proxy-3 does not flush it.',
  },
  sources: [
    'https://github.com/sagemathinc/http-proxy-3',
    'https://nodejs.org/api/http.html#responseflushheaders',
  ],
};
