import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const awsApiGateway: Intermediary = {
  id: 'aws-api-gateway',
  name: 'AWS API Gateway and Lambda',
  kind: 'service',
  explain:
    'REST APIs collect the whole answer unless the integration has responseTransferMode STREAM; HTTP APIs cannot stream at all. Lambda function URLs collect unless InvokeMode is RESPONSE_STREAM. Collected integrations end after 29 s; streamed ones after 15 minutes, or 5 minutes of silence (30 s when edge-optimised).',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'x-amz-apigw-id', confidence: 'certain' },
    { field: 'apigw-requestid', confidence: 'certain' },
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
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
    {
      seconds: 300,
      kind: 'idle',
      setting: 'idle limit of streaming',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
    {
      seconds: 30,
      kind: 'idle',
      setting: 'idle limit of edge-optimised streaming',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'timed-out-before-head'],
      section: 'the integration of the REST API (HTTP_PROXY or AWS_PROXY)',
      change: 'responseTransferMode: STREAM   # on the integration of a REST API',
      source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    },
    {
      for: [...BUFFER_HOLDS],
      section: 'the Url resource of the function, beside awslambda.streamifyResponse in its code',
      change: 'InvokeMode: RESPONSE_STREAM   # on a Lambda function URL, with awslambda.streamifyResponse',
      source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html',
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
      'API Gateway and Lambda function URLs return an answer when it is complete, unless streaming is switched on.',
  },
  sources: [
    'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html',
    'https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html',
    'https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html',
  ],
};
