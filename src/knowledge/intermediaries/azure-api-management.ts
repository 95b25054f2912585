import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const azureApiManagement: Intermediary = {
  id: 'azure-api-management',
  name: 'Azure API Management',
  kind: 'gateway',
  cannotRun: 'a hosted service',
  byDefault: 'holds whole answers',
  explain:
    'forward-request collects the answer unless buffer-response is false, and policies or diagnostics that read the body switch collecting on again. The Consumption tier has no long answers at all. A connection that is idle for 4 minutes is dropped by the load balancer of the platform.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'ocp-apim-trace-location', confidence: 'certain' },
    { field: 'ocp-apim-apiid', confidence: 'likely' },
  ],
  limits: [
    {
      seconds: 240,
      kind: 'idle',
      setting: 'idle limit of the platform load balancer',
      mostSeconds: 240,
      source: 'https://learn.microsoft.com/en-us/azure/api-management/how-to-server-sent-events',
    },
  ],
  simulated: [
    { behaviour: 'holds whole answers', finding: 'held-until-close' },
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
  ],
  notFound: ['whether a leaving client is reported to the backend'],
  fixes: [
    {
      for: ['cut-when-idle'],
      where: 'origin',
      section: 'the stream',
      change: ': keep-alive, a comment line sent every 15 seconds',
      source: 'https://learn.microsoft.com/en-us/azure/api-management/how-to-server-sent-events',
    },
    {
      for: [...BUFFER_HOLDS],
      section: 'the <backend> section of the policy',
      change: '<forward-request timeout="120" fail-on-error-status-code="true" buffer-response="false" />',
      config: 'configs/azure-api-management/policy.xml',
      source: 'https://learn.microsoft.com/en-us/azure/api-management/forward-request-policy',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'buffer-response="false" beside diagnostics or policies that read the body',
      why: 'Logging of response bodies, validate-content and other policies that read the body collect it again.',
      source: 'https://learn.microsoft.com/en-us/azure/api-management/how-to-server-sent-events',
    },
  ],
  because: {
    'fixed-length':
      'Azure API Management collects answers unless forward-request has buffer-response="false".',
    'cut-when-idle':
      'The load balancer in front of Azure API Management drops a connection that is idle for 4 minutes.',
    'held-until-close':
      'Azure API Management collects answers unless forward-request has buffer-response="false".',
  },
  sources: [
    'https://learn.microsoft.com/en-us/azure/api-management/forward-request-policy',
    'https://learn.microsoft.com/en-us/azure/api-management/how-to-server-sent-events',
  ],
};
