import type { Intermediary } from '../intermediary.ts';

export const gatewayApi: Intermediary = {
  id: 'gateway-api',
  name: 'Kubernetes Gateway API',
  kind: 'gateway',
  explain:
    'The standard way to describe routes; what happens depends on the implementation behind it (Envoy Gateway, Istio, Cilium, NGINX Gateway Fabric, Traefik, a cloud load balancer). HTTPRoute has timeouts that count the whole answer.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [
    {
      seconds: 15,
      kind: 'total',
      setting: 'timeouts.request, where the implementation leaves the default of Envoy',
      source: 'https://gateway-api.sigs.k8s.io/guides/http-timeouts/',
    },
  ],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      section: 'HTTPRoute, spec.rules[]',
      change: 'timeouts:\n  request: 0s\n  backendRequest: 0s',
      versions: 'needs support of the implementation for timeouts',
      source: 'https://gateway-api.sigs.k8s.io/guides/http-timeouts/',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'timeouts.request counts from the request to the end of the answer, busy or not.',
      source: 'https://gateway-api.sigs.k8s.io/guides/http-timeouts/',
    },
  ],
  sources: ['https://gateway-api.sigs.k8s.io/guides/http-timeouts/'],
};
