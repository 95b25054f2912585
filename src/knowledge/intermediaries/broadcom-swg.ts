import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const broadcomSwg: Intermediary = {
  id: 'broadcom-swg',
  name: 'Broadcom (Symantec, Blue Coat) secure web gateways',
  kind: 'security',
  cannotRun: 'commercial, and bound to a network',
  byDefault: 'holds whole answers',
  explain:
    'Scans content: an answer is sent on when all of it has come. An event stream never ends, so the page waits until its client gives up.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a certificate of its own authority',
      confidence: 'likely',
      seen: ({ tls }) =>
        /blue ?coat|symantec web|broadcom/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null,
    },
    { field: 'x-bluecoat-via', confidence: 'certain' },
  ],
  limits: [],
  simulated: [{ behaviour: 'scans until the close', finding: 'held-until-close' }],
  notFound: ['a time after which it gives up', 'whether a leaving client is reported'],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'timed-out-before-head', 'cut-when-idle'],
      section: 'Cloud SWG portal, Policy, Content and Malware Analysis, Scanning Exemptions',
      change: 'add the host of the stream to the content scanning exemptions',
      source:
        'https://knowledge.broadcom.com/external/article/406021/site-with-streaming-content-fails-to-loa.html',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'headers from the origin (X-Accel-Buffering, no-transform), padding',
      why: 'The scanner wants the whole body, whatever it is called.',
      source:
        'https://knowledge.broadcom.com/external/article/406021/site-with-streaming-content-fails-to-loa.html',
    },
  ],
  because: {
    'held-until-close': 'Broadcom gateways wait for all of an event stream to scan it, by design.',
    'fixed-length': 'Broadcom gateways wait for all of an event stream to scan it, by design.',
    'no-events': 'Broadcom gateways wait for all of an event stream to scan it, by design.',
  },
  sources: [
    'https://knowledge.broadcom.com/external/article/406021/site-with-streaming-content-fails-to-loa.html',
  ],
};
