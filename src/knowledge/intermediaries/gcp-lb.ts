import type { Intermediary } from '../intermediary.ts';

export const gcpLb: Intermediary = {
  id: 'gcp-lb',
  name: 'Google Cloud Load Balancing and Cloud Run',
  kind: 'service',
  explain:
    'Streams. The timeout of a backend service (30 s) and of Cloud Run (300 s) count from the request, busy or not: a heartbeat does not help.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'via', matches: /^1\.1 google$/i, confidence: 'certain' },
    { field: 'server', matches: /^Google Frontend$/i, confidence: 'certain' },
    { field: 'x-cloud-trace-context', confidence: 'likely' },
  ],
  limits: [
    {
      seconds: 30,
      kind: 'total',
      setting: 'backend service timeout',
      source: 'https://docs.cloud.google.com/load-balancing/docs/https',
    },
    {
      seconds: 30,
      kind: 'first-byte',
      setting: 'backend service timeout',
      source: 'https://docs.cloud.google.com/load-balancing/docs/https',
    },
    {
      seconds: 300,
      kind: 'total',
      setting: 'Cloud Run request timeout',
      source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    },
    {
      seconds: 300,
      kind: 'first-byte',
      setting: 'Cloud Run request timeout',
      source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    },
  ],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head', 'cut-when-idle'],
      section: 'the backend service',
      change: 'gcloud compute backend-services update NAME --global --timeout=3600',
      source: 'https://docs.cloud.google.com/load-balancing/docs/https',
    },
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      where: 'Cloud Run',
      section: 'the Cloud Run service',
      change: 'gcloud run services update NAME --timeout=3600',
      source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'Both timeouts count from the request, busy or not.',
      source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    },
  ],
  because: {
    'cut-by-age':
      'Google Cloud ends an answer when its request is as old as the backend timeout (30 s) or the Cloud Run timeout (300 s).',
  },
  sources: [
    'https://docs.cloud.google.com/load-balancing/docs/https',
    'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    'https://gcpdiag.dev/rules/lb/BP/2025_002/index.html',
  ],
};
