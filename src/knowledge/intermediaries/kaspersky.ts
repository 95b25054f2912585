import type { Intermediary } from '../intermediary.ts';

export const kaspersky: Intermediary = {
  id: 'kaspersky',
  name: 'Kaspersky web protection',
  kind: 'security',
  cannotRun: 'works on the machine of a reader',
  byDefault: 'one event behind',
  explain:
    'On the machine of the reader it was seen one event behind: the first one waits for the second. Requests without Accept: text/event-stream were seen to stall for seconds.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a certificate of its own authority',
      confidence: 'likely',
      seen: ({ tls }) => (/kaspersky/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null),
    },
  ],
  limits: [],
  simulated: [{ behaviour: 'is one event behind', finding: 'held-one-behind' }],
  notFound: ['a word of the maker on event streams'],
  fixes: [
    {
      for: ['held-one-behind', 'head-held'],
      where: 'origin',
      section: 'the stream',
      change: 'send a comment line (":" and an empty line) right after every event',
      source: 'https://github.com/featurehub-io/featurehub/issues/296',
    },
    {
      for: ['held-one-behind', 'held-initially', 'held-until-close'],
      where: 'client',
      section: 'the request of the client',
      change: 'Accept: text/event-stream',
      source: 'https://github.com/anomalyco/opencode/issues/48771',
    },
  ],
  ineffective: [
    {
      for: ['held-one-behind', 'head-held'],
      advice: 'headers from the origin (X-Accel-Buffering, Incremental, no-transform)',
      why: 'The first message waits for the second one whatever the head says.',
      source: 'https://github.com/featurehub-io/featurehub/issues/296',
    },
  ],
  because: { 'held-one-behind': 'Kaspersky web protection was seen to keep each event until the next one.' },
  sources: [
    'https://github.com/featurehub-io/featurehub/issues/296',
    'https://github.com/anomalyco/opencode/issues/48771',
  ],
};
