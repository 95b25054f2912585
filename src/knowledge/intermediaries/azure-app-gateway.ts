import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const azureAppGateway: Intermediary = {
  id: 'azure-app-gateway',
  name: 'Azure Application Gateway',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'holds whole answers or large parts',
  explain:
    'Collects answers by default, for the whole gateway and not per listener. The request time-out of the backend setting (20 s) ends what is slow or quiet.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^Microsoft-Azure-Application-Gateway/i, confidence: 'certain' },
    { field: 'set-cookie', matches: /^ApplicationGatewayAffinity/i, confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 20,
      kind: 'first-byte',
      setting: 'request time-out of the backend setting',
      mostSeconds: 86_400,
      source: 'https://learn.microsoft.com/en-us/azure/application-gateway/configuration-http-settings',
    },
    {
      seconds: 20,
      kind: 'idle',
      setting: 'request time-out of the backend setting',
      mostSeconds: 86_400,
      source: 'https://learn.microsoft.com/en-us/azure/application-gateway/configuration-http-settings',
    },
  ],
  simulated: [
    { behaviour: 'holds whole answers', finding: 'held-until-close' },
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
  ],
  notFound: ['whether a leaving client is reported to the backend', 'the size of its response buffer'],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'globalConfiguration of the gateway: it applies to every listener',
      change:
        'az network application-gateway update --resource-group "$GROUP" --name "$GATEWAY" \\\n  --set globalConfiguration.enableRequestBuffering=true globalConfiguration.enableResponseBuffering=false',
      config: 'configs/azure-app-gateway/passthrough.sh',
      source: 'https://learn.microsoft.com/en-us/azure/application-gateway/use-server-sent-events',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'the backend setting',
      change:
        'az network application-gateway http-settings update --resource-group "$GROUP" --gateway-name "$GATEWAY" \\\n  --name "$SETTING" --timeout 3600',
      config: 'configs/azure-app-gateway/passthrough.sh',
      source: 'https://learn.microsoft.com/en-us/azure/application-gateway/configuration-http-settings',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'a listener or rule of its own for the stream',
      why: 'Response buffering is set for the whole gateway, not per listener.',
      source: 'https://learn.microsoft.com/en-us/azure/application-gateway/proxy-buffers',
    },
  ],
  because: {
    'fixed-length':
      'Azure Application Gateway collects answers unless response buffering is switched off for the gateway.',
    'cut-when-idle':
      'Azure Application Gateway ends an answer whose backend was silent for the request time-out (20 s by default).',
    'timed-out-before-head': 'Azure Application Gateway waits 20 s for a backend by default.',
    'held-until-close':
      'Azure Application Gateway collects answers unless response buffering is switched off for the gateway.',
    'held-until-full':
      'Azure Application Gateway collects answers unless response buffering is switched off for the gateway.',
  },
  sources: [
    'https://learn.microsoft.com/en-us/azure/application-gateway/proxy-buffers',
    'https://learn.microsoft.com/en-us/azure/application-gateway/use-server-sent-events',
  ],
};
