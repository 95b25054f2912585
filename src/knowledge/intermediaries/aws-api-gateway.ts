import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const awsApiGateway: Intermediary = {
  id: 'aws-api-gateway',
  name: 'AWS API Gateway',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'holds whole answers',
  explain:
    'REST APIs collect the whole answer unless the integration has responseTransferMode STREAM; HTTP APIs cannot stream at all. Collected integrations end after 29 s; streamed ones after 15 minutes, or 5 minutes of silence (30 s when edge-optimised). With STREAM neither the cache of the endpoint nor its compression applies. For functions see aws-lambda-url as well: a function behind REST STREAM must stream by itself.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'x-amz-apigw-id', confidence: 'certain' },
    { field: 'apigw-requestid', confidence: 'certain' },
    {
      what: 'a host under execute-api.REGION.amazonaws.com',
      confidence: 'certain',
      seen: ({ url }) =>
        /^https?:\/\/[^/]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:[:/]|$)/i.test(url)
          ? 'the address of an API (execute-api)'
          : null,
    },
    { field: 'x-amzn-requestid', confidence: 'possible' },
    { field: 'x-amzn-trace-id', confidence: 'possible' },
  ],
  limits: [
    {
      seconds: 29,
      kind: 'first-byte',
      setting: 'integration timeout',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
    {
      seconds: 29,
      kind: 'total',
      setting: 'integration timeout',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
    {
      seconds: 900,
      kind: 'total',
      setting: 'streaming limit',
      mostSeconds: 900,
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
    {
      seconds: 300,
      kind: 'idle',
      setting: 'idle limit of streaming',
      mostSeconds: 300,
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
    {
      seconds: 30,
      kind: 'idle',
      setting: 'idle limit of edge-optimised streaming',
      mostSeconds: 30,
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
  ],
  sizes: [
    {
      bytes: 10_000_000,
      effect: 'the largest answer in the collected mode; with STREAM the rest comes at 2 MB/s',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
  ],
  simulated: [
    { behaviour: 'holds whole answers', finding: 'held-until-close' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
  ],
  notFound: ['whether a leaving client is reported to the integration'],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'timed-out-before-head', 'cut-by-age'],
      section: 'the integration of the REST API (HTTP_PROXY or AWS_PROXY)',
      change: 'responseTransferMode: STREAM',
      config: 'configs/aws-api-gateway/openapi.yaml',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS, 'timed-out-before-head'],
      advice: 'heartbeats, padding or X-Accel-Buffering: no from the integration',
      why: 'In the buffered mode nothing leaves before the integration has finished, whatever it sends.',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
    {
      for: [...BUFFER_HOLDS],
      advice: 'RESPONSE_STREAM behind an HTTP API',
      why: 'HTTP APIs cannot stream: use a REST API, a function URL or a load balancer.',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
  ],
  because: {
    'held-until-close':
      'API Gateway returns an answer when it is complete, unless the integration streams (responseTransferMode: STREAM).',
    'fixed-length':
      'API Gateway returns an answer when it is complete, unless the integration streams (responseTransferMode: STREAM).',
    'timed-out-before-head':
      'API Gateway waits 29 s for the whole answer of an integration that does not stream.',
    'cut-by-age': 'API Gateway ends a streamed answer after 15 minutes, busy or not.',
  },
  sources: [
    'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-http.html',
  ],
};
