import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const tlsInspectingProxy: Intermediary = {
  id: 'tls-inspecting-proxy',
  name: 'TLS-inspecting proxies (Netskope, Palo Alto, Fortinet and others)',
  kind: 'security',
  cannotRun: 'commercial, and bound to a network',
  byDefault: 'streams, unless a scan wants the whole answer',
  explain:
    'They open the encryption and may scan an answer before they pass it on. The certificate that the client sees names them, or an authority of the company.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a certificate of an inspecting product',
      confidence: 'likely',
      seen: ({ tls }) =>
        /netskope|goskope|fortinet|fortigate|palo ?alto|prisma access|cisco umbrella|forcepoint|check ?point/i.test(
          tls?.issuer ?? '',
        )
          ? `certificate of ${tls?.issuer}`
          : null,
    },
  ],
  limits: [],
  simulated: [{ behaviour: 'scans until the close', finding: 'held-until-close' }],
  notFound: ['a word of the makers on event streams, limits included'],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'held-one-behind', 'timed-out-before-head'],
      section: 'the bypass or decryption policy of the product',
      change: 'exclude the host of the stream from TLS inspection and from content scanning',
      source: 'https://github.com/amir20/dozzle/issues/1802',
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
  because: { 'held-until-close': 'An inspecting proxy may collect an answer to scan it.' },
  sources: ['https://github.com/amir20/dozzle/issues/1802', 'https://github.com/zaproxy/zaproxy/issues/5003'],
};
