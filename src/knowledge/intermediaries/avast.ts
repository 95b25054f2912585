import { BUFFER_HOLDS, type Intermediary, TIMER_HOLDS } from '../intermediary.ts';

export const avast: Intermediary = {
  id: 'avast',
  name: 'Avast and AVG web shield',
  kind: 'security',
  cannotRun: 'works on the machine of a reader',
  byDefault: 'blocks event streams, or passes them late',
  explain:
    'On the machine of the reader it was seen to block event streams, and with heartbeats to pass them about 20 s late.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a certificate of its own authority',
      confidence: 'likely',
      seen: ({ tls }) =>
        /avast|avg (?:web|technologies)/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null,
    },
  ],
  limits: [],
  simulated: [{ behaviour: 'passes events on late', finding: 'held-constant' }],
  notFound: ['a word of the maker on event streams'],
  fixes: [
    {
      for: [...BUFFER_HOLDS, ...TIMER_HOLDS],
      section: 'the web shield settings',
      change: 'exempt the host of the stream',
      source: 'https://github.com/tracim/tracim/issues/3235',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'heartbeats alone',
      why: 'They were seen to help in part: events came, about 20 s late.',
      source: 'https://github.com/tracim/tracim/issues/3235',
    },
  ],
  because: {
    'held-unknown': 'Avast was seen to pass events on about 20 s late.',
    'held-constant': 'Avast was seen to pass events on about 20 s late.',
  },
  sources: ['https://github.com/tracim/tracim/issues/3235'],
};
