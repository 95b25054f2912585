import type { Intermediary } from '../intermediary.ts';

export const netlify: Intermediary = {
  id: 'netlify',
  name: 'Netlify',
  kind: 'service',
  explain:
    'Functions stream when they return a Response with a stream as its body; handlers in the style of AWS Lambda return a whole body. Edge functions must send the response head within 40 s; functions end after 60 s.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^Netlify$/i, confidence: 'certain' },
    { field: 'x-nf-request-id', confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'total',
      setting: 'execution limit of functions',
      source: 'https://docs.netlify.com/build/functions/overview/',
    },
    {
      seconds: 40,
      kind: 'first-byte',
      setting: 'response header timeout of edge functions',
      source: 'https://docs.netlify.com/build/edge-functions/limits/',
    },
  ],
  fixes: [
    {
      for: ['held-until-close', 'fixed-length'],
      section: 'the function file',
      change:
        'export default async () => new Response(stream, { headers: { "Content-Type": "text/event-stream" } });',
      source: 'https://docs.netlify.com/build/functions/api/',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close', 'fixed-length'],
      advice: 'exports.handler that returns { statusCode, body }',
      why: 'This form hands over one finished body.',
      source: 'https://docs.netlify.com/build/functions/api/',
    },
  ],
  because: {
    'held-until-close':
      'A Netlify function in the style of AWS Lambda hands over its body when it is finished.',
    'cut-by-age': 'Netlify ends a function at its execution limit.',
  },
  sources: [
    'https://docs.netlify.com/build/functions/api/',
    'https://docs.netlify.com/build/edge-functions/limits/',
  ],
};
