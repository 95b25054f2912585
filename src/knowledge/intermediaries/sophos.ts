import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const sophos: Intermediary = {
  id: 'sophos',
  name: 'Sophos web protection',
  kind: 'security',
  cannotRun: 'works on the machine of a reader',
  byDefault: 'holds whole answers over plain HTTP',
  explain:
    'On the machine of the reader it takes plain HTTP apart and holds an event stream as a download that has not finished. The same stream over HTTPS was not touched in the reports.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a certificate of its own authority',
      confidence: 'likely',
      seen: ({ tls }) => (/sophos/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null),
    },
  ],
  limits: [],
  sizes: [
    {
      bytes: 2_000_000,
      effect: 'so much padding was reported to open a held stream',
      source: 'https://github.com/Fyrd/caniuse/pull/2148',
    },
  ],
  simulated: [{ behaviour: 'holds until so many bytes have come', finding: 'held-until-close' }],
  notFound: ['a word of the maker on event streams'],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      where: 'origin',
      section: 'the server',
      change: 'serve the stream over HTTPS',
      source:
        'https://stackoverflow.com/questions/62129788/on-a-machine-running-sophos-why-do-all-my-browsers-fail-to-receive-server-sent',
    },
    {
      for: [...BUFFER_HOLDS],
      section: 'the web protection settings of the machine or its central policy',
      change: 'exempt the host of the stream from web scanning',
      source: 'https://github.com/amir20/dozzle/issues/1802',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'a few kilobytes of padding',
      why: 'About 2 MB were reported to be needed.',
      source: 'https://github.com/Fyrd/caniuse/pull/2148',
    },
  ],
  because: {
    'held-until-close': 'Sophos web protection holds a download over plain HTTP until it has finished.',
  },
  sources: [
    'https://github.com/Fyrd/caniuse/pull/2148',
    'https://github.com/amir20/dozzle/issues/1802',
    'https://stackoverflow.com/questions/62129788/on-a-machine-running-sophos-why-do-all-my-browsers-fail-to-receive-server-sent',
  ],
};
