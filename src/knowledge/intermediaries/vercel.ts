import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const vercel: Intermediary = {
  id: 'vercel',
  name: 'Vercel',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams; cuts after 300 s, busy or not',
  explain:
    'Streams what a function streams. A function ends at its maximum duration, busy or not; on the edge runtime the answer must begin within 25 s; rewrites to another host end after 120 s.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^Vercel$/i, confidence: 'certain' },
    { field: 'x-vercel-id', confidence: 'certain' },
    { field: 'x-vercel-cache', confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 300,
      kind: 'total',
      setting: 'maxDuration of the function',
      mostSeconds: 800,
      source: 'https://vercel.com/docs/functions/limitations',
    },
    {
      seconds: 25,
      kind: 'first-byte',
      setting: 'time to the first byte on the edge runtime',
      mostSeconds: 25,
      source: 'https://vercel.com/docs/functions/limitations',
    },
    {
      seconds: 120,
      kind: 'total',
      setting: 'proxied request timeout of external rewrites',
      mostSeconds: 120,
      source: 'https://vercel.com/docs/limits',
    },
  ],
  simulated: [
    { behaviour: 'cuts any stream at an age', finding: 'cut-by-age' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
  ],
  notFound: ['an idle limit', 'whether a leaving client ends a function that does not ask for it'],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      section: 'the route file of the stream',
      change: 'export const maxDuration = 800;',
      versions: 'the largest value depends on the plan: 300 s (Hobby), 800 s (Pro, Enterprise)',
      config: 'configs/vercel/route.js',
      source: 'https://vercel.com/docs/functions/configuring-functions/duration',
    },
    {
      for: [...COMPRESSION],
      where: 'origin',
      section: 'the response head',
      change: 'Content-Encoding: none',
      source: 'https://v4.ai-sdk.dev/docs/troubleshooting/streaming-not-working-when-proxied',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'The maximum duration counts from the request, busy or not: end the stream yourself before it and let the client continue after Last-Event-ID.',
      source: 'https://vercel.com/docs/functions/limitations',
    },
  ],
  because: {
    'cut-by-age': 'Vercel ends a function at its maximum duration (300 s unless configured).',
    'timed-out-before-head':
      'Vercel answers with 504 when a function has sent nothing until its maximum duration (25 s on the edge runtime).',
  },
  sources: [
    'https://vercel.com/docs/functions/limitations',
    'https://vercel.com/docs/functions/streaming-functions',
  ],
};
