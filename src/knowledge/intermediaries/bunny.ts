import type { Intermediary } from '../intermediary.ts';

export const bunny: Intermediary = {
  id: 'bunny',
  name: 'bunny.net',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams',
  explain:
    'Streams live, but keeps an event stream without Cache-Control for a month and plays the recording to later readers. The response head waits for the first byte, which must come within 60 s.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^BunnyCDN/i, confidence: 'certain' },
    { field: 'cdn-pullzone', confidence: 'certain' },
    { field: 'cdn-cache', confidence: 'likely' },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'first-byte',
      setting: 'time for an answer to begin',
      source: 'https://bunny.net/docs/cdn/server-sent-events',
    },
  ],
  simulated: [
    { behaviour: 'replays what it stored', finding: 'served-from-cache' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
  ],
  notFound: ['whether a leaving client is reported to the origin'],
  fixes: [
    {
      for: ['served-from-cache'],
      where: 'origin',
      section: 'the response head',
      change: 'Cache-Control: no-cache, no-transform',
      source: 'https://bunny.net/docs/cdn/server-sent-events',
    },
  ],
  ineffective: [],
  because: {
    'served-from-cache': 'bunny.net keeps an event stream that has no Cache-Control and replays it.',
    'head-held': 'bunny.net sends the head with the first byte of the body.',
  },
  sources: [
    'https://bunny.net/docs/cdn/server-sent-events',
    'https://bunny.net/docs/scripting/server-sent-events',
  ],
};
