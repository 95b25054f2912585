import type { Intermediary } from '../intermediary.ts';

export const heroku: Intermediary = {
  id: 'heroku',
  name: 'Heroku router',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams; cuts after 55 s of silence',
  explain:
    'Streams. The first byte must come within 30 s (H12, the client gets status 503), after that at least one byte every 55 s (H15). Neither can be changed.',
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
      mostSeconds: 30,
      source: 'https://devcenter.heroku.com/articles/request-timeout',
    },
    {
      seconds: 55,
      kind: 'idle',
      setting: 'H15 idle connection',
      mostSeconds: 55,
      source: 'https://devcenter.heroku.com/articles/request-timeout',
    },
  ],
  simulated: [
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'gives up waiting for the head', finding: 'http-status' },
  ],
  notFound: ['whether a leaving client is reported to the dyno', 'a limit of age'],
  fixes: [
    {
      for: ['timed-out-before-head'],
      where: 'origin',
      section: 'the stream',
      change: ': hello, a comment line sent at once, before the first event is known',
      source: 'https://devcenter.heroku.com/articles/request-timeout',
    },
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
