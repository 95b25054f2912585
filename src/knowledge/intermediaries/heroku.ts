import type { Intermediary } from '../intermediary.ts';

export const heroku: Intermediary = {
  id: 'heroku',
  name: 'Heroku router',
  kind: 'service',
  explain:
    'Streams. The first byte must come within 30 s (H12), after that at least one byte every 55 s (H15).',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'via', matches: /\b(?:vegur|heroku-router)\b/i, confidence: 'certain' },
    { field: 'server', matches: /^Heroku$/i, confidence: 'certain' },
    { field: 'nel', matches: /heroku-nel/i, confidence: 'likely' },
  ],
  limits: [
    {
      seconds: 30,
      kind: 'first-byte',
      setting: 'H12 request timeout',
      source: 'https://devcenter.heroku.com/articles/request-timeout',
    },
    {
      seconds: 55,
      kind: 'idle',
      setting: 'H15 idle connection',
      source: 'https://devcenter.heroku.com/articles/request-timeout',
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle'],
      where: 'origin',
      section: 'the stream',
      change: ': keep-alive, a comment line sent every 15 seconds',
      source: 'https://devcenter.heroku.com/articles/request-timeout',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      advice: 'a longer timeout in the web server of the dyno',
      why: 'The router has timers of its own (30 s, then 55 s) that cannot be changed.',
      source: 'https://devcenter.heroku.com/articles/request-timeout',
    },
  ],
  because: {
    'cut-when-idle': 'The Heroku router ends a stream that is quiet for 55 s; the limit cannot be changed.',
    'timed-out-before-head': 'The Heroku router waits 30 s for the first byte.',
  },
  sources: [
    'https://devcenter.heroku.com/articles/request-timeout',
    'https://devcenter.heroku.com/articles/http-routing',
  ],
};
