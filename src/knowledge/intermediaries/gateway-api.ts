import type { Intermediary } from '../intermediary.ts';

export const gatewayApi: Intermediary = {
  id: 'gateway-api',
  name: 'Kubernetes Gateway API',
  kind: 'gateway',
  cannotRun: 'a description of routes, not a program',
  byDefault: 'what the implementation does',
  explain:
    'The standard way to describe routes; what happens depends on the implementation behind it (Envoy Gateway, Istio, Cilium, NGINX Gateway Fabric, Traefik, a cloud load balancer). HTTPRoute has timeouts that count the whole answer: 0s switches them off, and an implementation need not support them. Some of them count up to the response head only.',
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
  notFound: ['a field that switches buffering or compression: both belong to the implementation'],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      section: 'HTTPRoute, spec.rules[]',
      change: 'timeouts:\n  request: 0s\n  backendRequest: 0s',
      config: 'configs/gateway-api/passthrough.yaml',
      versions: 'needs support of the implementation for timeouts',
      source: 'https://gateway-api.sigs.k8s.io/guides/http-timeouts/',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close', 'held-until-full', 'compressed-unflushed'],
      advice: 'fields of HTTPRoute or Gateway',
      why: 'Neither has a field for buffering or compression: look for a policy of the implementation.',
      source: 'https://gateway-api.sigs.k8s.io/reference/spec/',
    },
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'timeouts.request counts from the request to the end of the answer, busy or not.',
      source: 'https://gateway-api.sigs.k8s.io/guides/http-timeouts/',
    },
  ],
  sources: ['https://gateway-api.sigs.k8s.io/guides/http-timeouts/'],
};
