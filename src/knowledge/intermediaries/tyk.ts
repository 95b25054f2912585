import { BUFFER_HOLDS, type Intermediary, TIMER_HOLDS } from '../intermediary.ts';

export const tyk: Intermediary = {
  id: 'tyk',
  name: 'Tyk Gateway',
  kind: 'gateway',
  explain:
    'Current versions flush event streams and answers of unknown length at once, others by flush_interval. Response middleware that reads bodies collects them.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'the API definition',
      change: '# remove response_processors and response plugins from the API of the stream',
      source: 'https://github.com/TykTechnologies/tyk/blob/master/gateway/reverse_proxy.go',
    },
    {
      for: [...TIMER_HOLDS],
      section: 'tyk.conf',
      change: '"http_server_options": { "flush_interval": 1 }',
      source: 'https://github.com/TykTechnologies/tyk/blob/master/config/config.go',
    },
  ],
  ineffective: [],
  because: { 'held-until-close': 'Response middleware of Tyk reads whole bodies.' },
  sources: ['https://github.com/TykTechnologies/tyk/blob/master/gateway/reverse_proxy.go'],
};
