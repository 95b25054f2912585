import type { Intermediary } from '../intermediary.ts';

export const azureFrontDoor: Intermediary = {
  id: 'azure-front-door',
  name: 'Azure Front Door',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams',
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
      mostSeconds: 240,
      source: 'https://learn.microsoft.com/en-us/azure/frontdoor/troubleshoot-issues',
    },
  ],
  simulated: [{ behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' }],
  notFound: [
    'an idle limit and a limit of age for an answer that has begun',
    'whether a leaving client is reported to the origin',
  ],
  fixes: [
    {
      for: ['timed-out-before-head', 'cut-when-idle'],
      section: 'the profile',
      change:
        'az afd profile update --resource-group "$GROUP" --profile-name "$PROFILE" --origin-response-timeout-seconds 240',
      config: 'configs/azure-front-door/passthrough.sh',
      source: 'https://learn.microsoft.com/en-us/cli/azure/afd/profile',
    },
    {
      for: ['compressed-unflushed', 'compressed', 'served-from-cache'],
      section: 'the route of the stream',
      change:
        'az afd route update --resource-group "$GROUP" --profile-name "$PROFILE" --endpoint-name "$ENDPOINT" \\\n  --route-name "$ROUTE" --enable-caching false',
      config: 'configs/azure-front-door/passthrough.sh',
      source: 'https://learn.microsoft.com/en-us/azure/frontdoor/front-door-caching',
    },
  ],
  ineffective: [
    {
      for: ['timed-out-before-head'],
      advice: 'a heartbeat that starts with the first event',
      why: 'The timer runs until the origin answers: send the head and a comment before the work begins.',
      source: 'https://learn.microsoft.com/en-us/azure/frontdoor/troubleshoot-issues',
    },
  ],
  because: {
    'timed-out-before-head': 'Azure Front Door waits 30 s for its origin by default, 240 s at most.',
  },
  sources: [
    'https://learn.microsoft.com/en-us/azure/frontdoor/troubleshoot-issues',
    'https://learn.microsoft.com/en-us/azure/frontdoor/front-door-caching',
  ],
};
