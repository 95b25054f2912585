import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const zap: Intermediary = {
  id: 'zap',
  name: 'ZAP and similar testing proxies',
  kind: 'security',
  explain:
    'Old versions took only the exact type text/event-stream for a stream; with "; charset=utf-8" behind it the answer was collected.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'its certificate authority',
      confidence: 'certain',
      seen: ({ tls }) =>
        /zed attack proxy|owasp/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null,
    },
  ],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      where: 'origin',
      section: 'the response head',
      change: 'Content-Type: text/event-stream',
      source: 'https://github.com/zaproxy/zaproxy/issues/5003',
    },
  ],
  ineffective: [],
  because: {
    'held-until-close': 'Old versions of ZAP collect a stream whose content type has a charset parameter.',
  },
  sources: ['https://github.com/zaproxy/zaproxy/issues/5003'],
};
