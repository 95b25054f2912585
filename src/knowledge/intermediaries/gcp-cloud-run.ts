import type { Intermediary } from '../intermediary.ts';

const TIMEOUT = 'https://docs.cloud.google.com/run/docs/configuring/request-timeout';

export const gcpCloudRun: Intermediary = {
  id: 'gcp-cloud-run',
  name: 'Google Cloud Run',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams; cuts after 300 s, busy or not',
  explain:
    'Streams. The request timeout (300 s, 3600 s at most) counts from the request, busy or not: a heartbeat does not help. When it ends a request it ends the connection and not the container, which may go on working; a request without a head by then is answered with 504. Every open stream is one of the concurrent requests of its instance.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a host under run.app',
      confidence: 'certain',
      seen: ({ url }) =>
        /^https?:\/\/[^/]+\.run\.app(?:[:/]|$)/i.test(url) ? 'an address of Cloud Run (run.app)' : null,
    },
    // App Engine and functions say so too.
    { field: 'server', matches: /^Google Frontend$/i, confidence: 'likely' },
    { field: 'x-cloud-trace-context', confidence: 'possible' },
  ],
  limits: [
    { seconds: 300, kind: 'total', setting: 'request timeout', mostSeconds: 3_600, source: TIMEOUT },
    { seconds: 300, kind: 'first-byte', setting: 'request timeout', mostSeconds: 3_600, source: TIMEOUT },
  ],
  simulated: [
    { behaviour: 'cuts any stream at an age', finding: 'cut-by-age' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
  ],
  notFound: ['an idle limit', 'whether a leaving client is reported to the container'],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      section: 'a shell',
      change: 'gcloud run services update NAME --timeout=3600',
      source: TIMEOUT,
    },
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      where: 'gcp-cloud-run (YAML)',
      section: 'spec.template.spec of the service',
      change: 'timeoutSeconds: 3600',
      config: 'configs/gcp-cloud-run/service.yaml',
      source: TIMEOUT,
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'The request timeout counts from the request, busy or not: end the stream yourself and let the client continue after Last-Event-ID.',
      source: TIMEOUT,
    },
    {
      for: ['cut-by-age'],
      advice: 'a longer timeout on a load balancer in front',
      why: 'A load balancer takes the timeout of Cloud Run for such backends.',
      source: 'https://docs.cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts',
    },
  ],
  because: {
    'cut-by-age':
      'Cloud Run ends an answer when its request is as old as the request timeout (300 s by default).',
    'timed-out-before-head': 'Cloud Run waits 300 s for an answer by default.',
  },
  sources: [TIMEOUT, 'https://docs.cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts'],
};
