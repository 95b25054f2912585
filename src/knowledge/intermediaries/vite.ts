import type { Intermediary } from '../intermediary.ts';

export const vite: Intermediary = {
  id: 'vite',
  name: 'Vite (server.proxy, preview.proxy)',
  kind: 'application',
  tried: { version: '8.3.8', date: '2026-11-22' },
  explain:
    'Its proxy pipes events on as they come, in vite dev and vite preview alike, and neither compresses what the proxy brings. The response head waits for the first event, as Node sends both together.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  measured: [
    {
      version: '8.3.8',
      setting: 'server.proxy or preview.proxy, nothing else (the default)',
      finding: 'head-held',
      curedBy: [],
    },
  ],
  fixes: [
    {
      for: ['head-held'],
      section: 'configure of the entry in server.proxy',
      change:
        "proxy.on('proxyRes', (_answer, _request, response) =>\n  response.once('pipe', () => response.flushHeaders()),\n);",
      config: 'configs/vite/passthrough.mjs',
      proven: true,
      source: 'https://nodejs.org/api/http.html#responseflushheaders',
    },
  ],
  ineffective: [],
  because: {
    'head-held':
      'Node sends a response head together with the first piece of its body unless it is flushed, and the proxy of Vite does not flush it.',
  },
  sources: [
    'https://vite.dev/config/server-options#server-proxy',
    'https://vite.dev/config/preview-options#preview-proxy',
    'https://nodejs.org/api/http.html#responseflushheaders',
  ],
};
