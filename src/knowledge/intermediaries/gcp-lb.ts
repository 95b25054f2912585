import type { Intermediary } from '../intermediary.ts';

export const gcpLb: Intermediary = {
  id: 'gcp-lb',
  name: 'Google Cloud Load Balancing',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams; cuts after 30 s, busy or not',
  explain:
    'Streams. The timeout of a backend service (30 s) counts from the request to the end of the answer, busy or not: a heartbeat does not help. Backends without servers (Cloud Run, functions, App Engine) take their own timeout in its place, see gcp-cloud-run. The regional load balancers are Envoy.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'via', matches: /^1\.1 google$/i, confidence: 'certain' },
    { field: 'server', matches: /^Google Frontend$/i, confidence: 'possible' },
    { field: 'x-cloud-trace-context', confidence: 'possible' },
  ],
  limits: [
    {
      seconds: 30,
      kind: 'total',
      setting: 'backend service timeout',
      mostSeconds: 2_147_483_647,
      source: 'https://docs.cloud.google.com/load-balancing/docs/https',
    },
    {
      seconds: 30,
      kind: 'first-byte',
      setting: 'backend service timeout',
      mostSeconds: 2_147_483_647,
      source: 'https://docs.cloud.google.com/load-balancing/docs/https',
    },
  ],
  simulated: [
    { behaviour: 'cuts any stream at an age', finding: 'cut-by-age' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
  ],
  notFound: ['an idle limit', 'whether a leaving client is reported to the backend'],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head', 'cut-when-idle'],
      section: 'the backend service',
      change: 'gcloud compute backend-services update NAME --global --timeout=3600',
      source: 'https://docs.cloud.google.com/load-balancing/docs/https',
    },
    {
      for: ['cut-by-age', 'timed-out-before-head', 'cut-when-idle'],
      where: 'gcp-lb (Terraform)',
      section: 'the google_compute_backend_service resource',
      change: 'timeout_sec = 3600',
      config: 'configs/gcp-lb/passthrough.tf',
      source:
        'https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_backend_service',
    },
    {
      for: ['cut-by-age', 'timed-out-before-head', 'cut-when-idle'],
      where: 'gcp-lb (GKE)',
      section: 'spec.default of a GCPBackendPolicy (Gateway), spec of a BackendConfig (Ingress)',
      change: 'timeoutSec: 3600',
      config: 'configs/gcp-lb/gke.yaml',
      source: 'https://docs.cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'The timeout of the backend service counts from the request, busy or not.',
      source: 'https://docs.cloud.google.com/load-balancing/docs/https',
    },
  ],
  because: {
    'cut-by-age':
      'A load balancer of Google Cloud ends an answer when its request is as old as the timeout of the backend service (30 s by default).',
    'timed-out-before-head': 'A load balancer of Google Cloud waits 30 s for a backend by default.',
  },
  sources: [
    'https://docs.cloud.google.com/load-balancing/docs/https',
    'https://gcpdiag.dev/rules/lb/BP/2025_002/index.html',
  ],
};
