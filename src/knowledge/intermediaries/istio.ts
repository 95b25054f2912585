import type { Intermediary } from '../intermediary.ts';

export const istio: Intermediary = {
  id: 'istio',
  name: 'Istio',
  kind: 'proxy',
  cannotRun: 'needs a cluster',
  byDefault: 'streams; cuts after 5 min of silence',
  explain:
    'Envoy as a sidecar or gateway. Istio sets no route timeout by default, a VirtualService may; the idle limit of Envoy (5 minutes) stays. A filter that reads bodies (WasmPlugin, ext_proc) holds whole answers.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    { field: 'server', matches: /^istio-envoy$/i, confidence: 'certain' },
    { field: 'x-envoy-decorator-operation', confidence: 'likely' },
  ],
  limits: [
    {
      seconds: 300,
      kind: 'idle',
      setting: 'stream_idle_timeout of Envoy',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    },
  ],
  simulated: [
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'cuts any stream at an age', finding: 'cut-by-age' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
  ],
  notFound: ['a sentence about leaving clients in its own documentation'],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      section: 'VirtualService, spec.http[] of the route',
      change: 'timeout: 0s',
      config: 'configs/istio/passthrough.yaml',
      source: 'https://istio.io/latest/docs/tasks/traffic-management/request-timeouts/',
    },
    {
      for: ['cut-when-idle'],
      section:
        'EnvoyFilter that patches the HTTP_FILTER network filter envoy.filters.network.http_connection_manager',
      change:
        'typed_config:\n  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n  stream_idle_timeout: 3600s',
      config: 'configs/istio/passthrough.yaml',
      source: 'https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'DestinationRule connectionPool idleTimeout',
      why: 'It is for pooled connections without a request.',
      source: 'https://istio.io/latest/docs/reference/config/networking/destination-rule/',
    },
  ],
  because: {
    'timed-out-before-head':
      'A VirtualService with a timeout answers with 504 when it runs out before a response head.',
    'cut-by-age': 'A VirtualService with a timeout ends a stream at that age, busy or not.',
    'cut-when-idle': 'The Envoy in Istio resets a stream that is quiet for 5 minutes.',
  },
  sources: [
    'https://istio.io/latest/docs/tasks/traffic-management/request-timeouts/',
    'https://github.com/istio/istio/issues/30333',
  ],
};
