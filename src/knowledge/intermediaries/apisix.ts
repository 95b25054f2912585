import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const apisix: Intermediary = {
  id: 'apisix',
  name: 'Apache APISIX',
  kind: 'gateway',
  explain:
    'Built on nginx: buffers answers by default; plugins that rewrite bodies collect them whole. X-Accel-Buffering: no is obeyed.',
  holdsByDefault: true,
  honours: { xAccelBuffering: true, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^APISIX(?:\/([\d.]+))?/i, confidence: 'certain' },
    { field: 'x-apisix-upstream-status', confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: 'timeout.read of the route',
      source: 'https://apisix.apache.org/docs/apisix/admin-api/#route',
    },
    {
      seconds: 60,
      kind: 'first-byte',
      setting: 'timeout.read of the route',
      source: 'https://apisix.apache.org/docs/apisix/admin-api/#route',
    },
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'plugins of the route',
      change: '"plugins": { "proxy-buffering": { "disable_proxy_buffering": true } }',
      source: 'https://apisix.apache.org/docs/apisix/plugins/proxy-buffering/',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'the route or its upstream',
      change: '"timeout": { "connect": 6, "send": 3600, "read": 3600 }',
      source: 'https://apisix.apache.org/docs/apisix/admin-api/#route',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'client_max_body_size or proxy_request_buffering in nginx_config',
      why: 'Both are about the body of the request; the answer stays buffered.',
      source: 'https://apisix.apache.org/docs/apisix/plugins/proxy-buffering/',
    },
  ],
  because: {
    'held-until-close':
      'APISIX buffers answers unless the proxy-buffering plugin switches it off for the route.',
    'held-until-full':
      'APISIX buffers answers unless the proxy-buffering plugin switches it off for the route.',
  },
  sources: [
    'https://apisix.apache.org/docs/apisix/plugins/proxy-buffering/',
    'https://apisix.apache.org/docs/apisix/admin-api/',
  ],
};
