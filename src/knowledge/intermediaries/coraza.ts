import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const coraza: Intermediary = {
  id: 'coraza',
  name: 'Coraza with nginx',
  kind: 'security',
  explain:
    'In affected versions of the nginx connector (0.11.4) neither the head nor an event of a stream arrives, even with SecResponseBodyAccess Off and proxy_buffering off.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'the location of the stream in nginx',
      change: 'coraza off;',
      source: 'https://github.com/corazawaf/coraza-nginx/issues/81',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'SecResponseBodyAccess Off, proxy_buffering off',
      why: 'Affected connectors hold the answer all the same.',
      source: 'https://github.com/corazawaf/coraza-nginx/issues/81',
    },
  ],
  because: { 'held-until-close': 'The Coraza connector for nginx holds answers in some versions.' },
  sources: ['https://github.com/corazawaf/coraza-nginx/issues/81'],
};
