import type { Intermediary } from '../intermediary.ts';

export const netlify: Intermediary = {
  id: 'netlify',
  name: 'Netlify',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams what a function streams; cuts after 60 s',
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
      mostSeconds: 60,
      source: 'https://docs.netlify.com/build/functions/configuration/',
    },
    {
      seconds: 40,
      kind: 'first-byte',
      setting: 'response header timeout of edge functions',
      mostSeconds: 40,
      source: 'https://docs.netlify.com/build/edge-functions/limits/',
    },
  ],
  sizes: [
    {
      bytes: 20_000_000,
      effect: 'the largest streamed answer of a function; 6 MB for a collected one',
      source: 'https://docs.netlify.com/build/functions/configuration/',
    },
  ],
  simulated: [
    { behaviour: 'holds whole answers', finding: 'held-until-close' },
    { behaviour: 'cuts any stream at an age', finding: 'cut-by-age' },
  ],
  notFound: ['an idle limit', 'whether a leaving client ends the function'],
  fixes: [
    {
      for: ['held-until-close', 'fixed-length'],
      section: 'the function file',
      change: 'return new Response(body, {',
      config: 'configs/netlify/stream.mjs',
      source: 'https://docs.netlify.com/build/functions/api/',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'The execution limit counts from the request, busy or not: end the stream before it and let the client continue after Last-Event-ID.',
      source: 'https://docs.netlify.com/build/functions/configuration/',
    },
    {
      for: ['held-until-close', 'fixed-length'],
      advice: 'exports.handler that returns { statusCode, body }',
      why: 'This form hands over one finished body.',
      source: 'https://docs.netlify.com/build/functions/api/',
    },
  ],
  because: {
    'fixed-length': 'A Netlify function in the style of AWS Lambda hands over its body when it is finished.',
    'held-until-close':
      'A Netlify function in the style of AWS Lambda hands over its body when it is finished.',
    'cut-by-age': 'Netlify ends a function at its execution limit.',
  },
  sources: [
    'https://docs.netlify.com/build/functions/api/',
    'https://docs.netlify.com/build/functions/configuration/',
    'https://docs.netlify.com/build/edge-functions/limits/',
  ],
};
