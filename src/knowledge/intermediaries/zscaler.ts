import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

const INSPECTION = 'https://help.zscaler.com/zia/about-ssl-inspection';

export const zscaler: Intermediary = {
  id: 'zscaler',
  name: 'Zscaler Internet Access',
  kind: 'security',
  cannotRun: 'commercial, and bound to a network',
  byDefault: 'streams, unless a scan wants the whole answer',
  explain:
    'A proxy in the cloud of the maker between a company and the internet. Where TLS inspection is on it opens the connection and makes a certificate of its own; what is scanned for malware or for data that must not leave may be collected first. Nothing public of the maker says what it does with an answer that does not end: measure from inside and from outside of it, and compare.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a certificate of its own authority',
      confidence: 'likely',
      seen: ({ tls }) => (/zscaler/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null),
    },
    { field: 'via', matches: /\bZscaler\b/i, confidence: 'likely' },
    { field: 'server', matches: /^Zscaler\b/i, confidence: 'likely' },
  ],
  limits: [],
  simulated: [{ behaviour: 'scans until the close', finding: 'held-until-close' }],
  notFound: ['what it does with event streams', 'any limit', 'whether a leaving client is reported'],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'held-one-behind', 'timed-out-before-head'],
      section:
        'Policy, SSL Inspection (a rule with the host, action Do Not Inspect) and the policies that scan content',
      change: 'exclude the host of the stream from TLS inspection and from content scanning',
      source: INSPECTION,
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'headers from the origin (X-Accel-Buffering, Incremental, no-transform)',
      why: 'Scanners do not look at them.',
      source: 'https://github.com/amir20/dozzle/issues/1802',
    },
  ],
  because: { 'held-until-close': 'A scan of Zscaler may want the whole answer first.' },
  sources: [INSPECTION],
};
