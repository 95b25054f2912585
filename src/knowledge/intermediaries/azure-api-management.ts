import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const azureApiManagement: Intermediary = {
  id: 'azure-api-management',
  name: 'Azure API Management',
  kind: 'gateway',
  explain:
    'forward-request collects the answer unless buffer-response is false, and policies or diagnostics that read the body switch collecting on again.',
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
      source: 'https://learn.microsoft.com/en-us/azure/api-management/how-to-server-sent-events',
    },
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'the <backend> section of the policy',
      change: '<forward-request timeout="120" buffer-response="false" />',
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
    'held-until-close':
      'Azure API Management collects answers unless forward-request has buffer-response="false".',
  },
  sources: [
    'https://learn.microsoft.com/en-us/azure/api-management/forward-request-policy',
    'https://learn.microsoft.com/en-us/azure/api-management/how-to-server-sent-events',
  ],
};
