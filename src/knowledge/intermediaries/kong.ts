import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const kong: Intermediary = {
  id: 'kong',
  name: 'Kong',
  kind: 'gateway',
  explain:
    'Built on nginx: routes buffer answers by default (response_buffering), plugins that read bodies collect them whole, read_timeout is 60 s. X-Accel-Buffering: no is obeyed.',
  holdsByDefault: true,
  honours: { xAccelBuffering: true, incremental: false, noTransform: false },
  marks: [
    { field: 'via', matches: /\bkong(?:\/([\d.]+))?/i, confidence: 'certain' },
    { field: 'x-kong-upstream-latency', confidence: 'certain' },
    { field: 'x-kong-proxy-latency', confidence: 'certain' },
    { field: 'server', matches: /^kong(?:\/([\d.]+))?/i, confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: 'read_timeout of the service',
      source: 'https://developer.konghq.com/gateway/entities/service/',
    },
    {
      seconds: 60,
      kind: 'first-byte',
      setting: 'read_timeout of the service',
      source: 'https://developer.konghq.com/gateway/entities/service/',
    },
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'the route',
      change: 'response_buffering: false   # on the route',
      source: 'https://developer.konghq.com/gateway/entities/route/',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'the service',
      change: 'read_timeout: 3600000   # on the service',
      source: 'https://developer.konghq.com/gateway/entities/service/',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'request_buffering: false',
      why: 'It is about the body of the request.',
      source: 'https://developer.konghq.com/gateway/entities/route/',
    },
  ],
  because: {
    'held-until-close': 'Kong buffers answers of a route unless response_buffering is false.',
    'held-until-full': 'Kong buffers answers of a route unless response_buffering is false.',
  },
  sources: [
    'https://developer.konghq.com/gateway/entities/route/',
    'https://github.com/Kong/kong/blob/master/kong/db/schema/entities/routes.lua',
  ],
};
