import type { Intermediary } from '../intermediary.ts';

export const azureFrontDoor: Intermediary = {
  id: 'azure-front-door',
  name: 'Azure Front Door',
  kind: 'service',
  explain:
    'Passes chunked answers on. The origin has 30 s to answer by default; compression belongs to caching, which a stream must not have.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'x-azure-ref', confidence: 'certain' },
    { field: 'x-fd-int-roxy-purgeid', confidence: 'likely' },
  ],
  limits: [
    {
      seconds: 30,
      kind: 'first-byte',
      setting: 'origin response timeout',
      source: 'https://learn.microsoft.com/en-us/azure/frontdoor/troubleshoot-issues',
    },
  ],
  fixes: [
    {
      for: ['timed-out-before-head', 'cut-when-idle'],
      section: 'the profile',
      change:
        'az afd profile update --resource-group GROUP --profile-name NAME --origin-response-timeout-seconds 240',
      source: 'https://learn.microsoft.com/en-us/cli/azure/afd/profile',
    },
    {
      for: ['compressed-unflushed', 'compressed', 'served-from-cache'],
      section: 'the route of the stream',
      change: 'Enable caching: off',
      source: 'https://learn.microsoft.com/en-us/azure/frontdoor/front-door-caching',
    },
  ],
  ineffective: [],
  because: {
    'timed-out-before-head': 'Azure Front Door waits 30 s for its origin by default, 240 s at most.',
  },
  sources: [
    'https://learn.microsoft.com/en-us/azure/frontdoor/troubleshoot-issues',
    'https://learn.microsoft.com/en-us/azure/frontdoor/front-door-caching',
  ],
};
