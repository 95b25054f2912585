import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

const STREAMING = 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html';
const URLS = 'https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html';
const LIMITS = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';

export const awsLambdaUrl: Intermediary = {
  id: 'aws-lambda-url',
  name: 'AWS Lambda function URLs',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'holds whole answers',
  explain:
    'A function URL collects what the function returns unless its InvokeMode is RESPONSE_STREAM, and the function must stream besides: awslambda.streamifyResponse on Node.js, a custom runtime or the Lambda Web Adapter for other languages. Every stream ends with the timeout of the function, 15 minutes at most, and a client that leaves does not end it sooner. The console always shows collected answers.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a host under lambda-url.REGION.on.aws',
      confidence: 'certain',
      seen: ({ url }) =>
        /^https?:\/\/[^/]+\.lambda-url\.[a-z0-9-]+\.on\.aws(?:[:/]|$)/i.test(url)
          ? 'the address of a function URL (lambda-url)'
          : null,
    },
    { field: 'x-amzn-remapped-content-length', confidence: 'possible' },
  ],
  limits: [
    {
      seconds: 3,
      kind: 'total',
      setting: 'timeout of the function',
      mostSeconds: 900,
      source: LIMITS,
    },
  ],
  sizes: [
    { bytes: 6_000_000, effect: 'the largest collected answer', source: STREAMING },
    {
      bytes: 200_000_000,
      effect: 'the largest streamed answer; what follows the first 6 MB comes at 2 MB/s',
      source: STREAMING,
    },
  ],
  passesAborts: [
    { passes: 'never', setting: 'InvokeMode: RESPONSE_STREAM', how: 'documented', source: STREAMING },
  ],
  simulated: [{ behaviour: 'holds whole answers', finding: 'held-until-close' }],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'FunctionUrlConfig of the function, beside awslambda.streamifyResponse in its code',
      change: 'InvokeMode: RESPONSE_STREAM',
      config: 'configs/aws-lambda-url/template.yaml',
      source: URLS,
    },
    {
      for: ['cut-by-age', 'timed-out-before-head'],
      section: 'the function',
      change: 'Timeout: 900',
      config: 'configs/aws-lambda-url/template.yaml',
      source: LIMITS,
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'streamifyResponse in the code alone, or RESPONSE_STREAM on the URL alone',
      why: 'Both are needed: the one makes the function write as it goes, the other makes the URL pass it on.',
      source: STREAMING,
    },
    {
      for: ['cut-by-age'],
      advice: 'heartbeats',
      why: 'The timeout of the function counts from the request, busy or not.',
      source: LIMITS,
    },
  ],
  because: {
    'held-until-close':
      'A Lambda function URL returns an answer when the function has returned, unless its InvokeMode is RESPONSE_STREAM.',
    'fixed-length':
      'A Lambda function URL returns an answer when the function has returned, unless its InvokeMode is RESPONSE_STREAM.',
    'cut-by-age':
      'A Lambda function is ended at its timeout (3 s by default, 15 minutes at most), busy or not.',
    'abort-not-propagated': 'Lambda does not end a function when its client leaves.',
  },
  sources: [STREAMING, URLS, LIMITS],
};
