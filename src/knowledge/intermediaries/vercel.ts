import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const vercel: Intermediary = {
  id: 'vercel',
  name: 'Vercel',
  kind: 'service',
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
      source: 'https://vercel.com/docs/functions/limitations',
    },
    {
      seconds: 25,
      kind: 'first-byte',
      setting: 'time to the first byte on the edge runtime',
      source: 'https://vercel.com/docs/functions/limitations',
    },
    {
      seconds: 120,
      kind: 'total',
      setting: 'proxied request timeout of external rewrites',
      source: 'https://vercel.com/docs/limits',
    },
  ],
  fixes: [
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      section: 'the route file of the stream',
      change: 'export const maxDuration = 800;',
      versions: 'the largest value depends on the plan',
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
  because: { 'cut-by-age': 'Vercel ends a function at its maximum duration (300 s unless configured).' },
  sources: [
    'https://vercel.com/docs/functions/limitations',
    'https://vercel.com/docs/functions/streaming-functions',
  ],
};
