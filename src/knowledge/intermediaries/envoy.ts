import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const envoy: Intermediary = {
  id: 'envoy',
  name: 'Envoy',
  kind: 'proxy',
  explain:
    'Streams unless a filter collects bodies (ext_proc with BUFFERED, Wasm, Lua, the buffer filter). What hurts is time: a route ends 15 s after the request unless its timeout is 0, and a stream that is quiet for 5 minutes is reset. It ignores X-Accel-Buffering.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'server', matches: /^envoy$/i, confidence: 'certain' },
    { field: 'x-envoy-upstream-service-time', confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 15,
      kind: 'total',
      setting: 'route timeout',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    },
    {
      seconds: 15,
      kind: 'first-byte',
      setting: 'route timeout',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    },
    {
      seconds: 300,
      kind: 'idle',
      setting: 'stream_idle_timeout',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    },
  ],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      section: 'the route (Istio: VirtualService http.timeout; Gateway API: HTTPRoute timeouts.request)',
      change:
        'timeout: 0s   # on the route (Istio: VirtualService http.timeout; Gateway API: timeouts.request)',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    },
    {
      for: ['cut-when-idle'],
      section: 'the HTTP connection manager, or idle_timeout of the route',
      change: 'stream_idle_timeout: 3600s',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    },
    {
      for: [...BUFFER_HOLDS],
      section: 'every ext_proc filter of the route',
      change: 'processing_mode: { response_body_mode: STREAMED }   # in every ext_proc filter of the route',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/ext_proc_filter',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'heartbeats, or a longer stream_idle_timeout',
      why: 'The route timeout counts from the request to the end of the answer, busy or not.',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    },
  ],
  because: {
    'cut-by-age': 'An Envoy route ends 15 s after the request unless its timeout is 0.',
    'cut-when-idle': 'Envoy resets a stream that is quiet for 5 minutes.',
    'held-until-close':
      'Envoy holds a whole body only when a filter asks for it, such as ext_proc with BUFFERED.',
  },
  sources: [
    'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    'https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/ext_proc_filter',
    'https://github.com/istio/istio/issues/30333',
  ],
};
