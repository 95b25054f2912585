import type { Intermediary } from '../intermediary.ts';
import { lowerCasedByNode } from '../wire-style.ts';

export const httpProxy: Intermediary = {
  id: 'http-proxy',
  name: 'http-proxy (Node)',
  kind: 'application',
  tried: { version: '1.18.1', date: '2026-11-22' },
  explain:
    'A library in front of which dev servers and gateways in Node are built. It pipes events on as they come, but the response head waits for the first of them, as Node sends both together. Since Node 16 its version 1.18 does not notice that a client has left: every closed tab leaves a stream behind. Its recipe for changing answers (selfHandleResponse) collects each one to its end.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'field names of the nearer hop turned to lower case, and framing as Node writes it',
      confidence: 'possible',
      seen: (observation, nearer) =>
        lowerCasedByNode(observation, nearer) ? 'field names turned to lower case, as in Node' : null,
    },
  ],
  limits: [],
  measured: [
    {
      version: '1.18.1',
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
      config: 'configs/http-proxy/passthrough.mjs',
      proven: true,
      source: 'https://nodejs.org/api/http.html#responseflushheaders',
    },
    {
      for: ['abort-not-propagated'],
      section: 'beside createProxyServer',
      change:
        "proxy.on('proxyReq', (upstream, _request, response) => response.on('close', () => upstream.destroy()));",
      config: 'configs/http-proxy/passthrough.mjs',
      proven: true,
      source: 'https://github.com/http-party/node-http-proxy/pull/1580',
    },
  ],
  ineffective: [],
  because: {
    'head-held':
      'Node sends a response head together with the first piece of its body unless it is flushed, and http-proxy does not flush it.',
    'abort-not-propagated': 'http-proxy 1.18 waits for an event that Node stopped sending in version 16.',
  },
  sources: [
    'https://github.com/http-party/node-http-proxy',
    'https://github.com/http-party/node-http-proxy/pull/1580',
    'https://nodejs.org/api/http.html#responseflushheaders',
  ],
};
