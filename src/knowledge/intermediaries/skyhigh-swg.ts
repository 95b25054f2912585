import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const skyhighSwg: Intermediary = {
  id: 'skyhigh-swg',
  name: 'Skyhigh (McAfee) Secure Web Gateway',
  kind: 'security',
  cannotRun: 'commercial, and bound to a network',
  byDefault: 'streams; blocks chunked answers where a rule says so',
  explain:
    'Its rule set HTTP Protocol has a rule that blocks chunked transfer coding between client and proxy; with it on, no stream passes. Scanning for malware collects downloads besides.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'a certificate of its own authority',
      confidence: 'likely',
      seen: ({ tls }) => (/skyhigh|mcafee/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null),
    },
    { field: 'via', matches: /(?:McAfee|Skyhigh)[^,]*Web Gateway(?: ([\d.]+))?/i, confidence: 'certain' },
  ],
  limits: [],
  simulated: [{ behaviour: 'refuses chunked answers', finding: 'http-status' }],
  notFound: ['how long an answer is scanned', 'whether a leaving client is reported'],
  fixes: [
    {
      for: [...BUFFER_HOLDS, 'http-status', 'truncated'],
      section: 'Policy, Web Policy, Common Rules, HTTP Protocol',
      change:
        'switch off "Block chunked transfer encoding between client and proxy", or limit it to other hosts',
      source:
        'https://success.skyhighsecurity.com/Skyhigh_Secure_Web_Gateway_(Cloud)/Configuring_a_Web_Policy_%E2%80%94_OId_View/Working_with_Default_Rule_Sets_and_Feature_Configurations/Common_Rules/HTTP_Protocol',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS, 'http-status'],
      advice: 'headers from the origin (X-Accel-Buffering, no-transform)',
      why: 'The rule looks at the framing of the answer, which an endless answer has no choice about.',
      source:
        'https://success.skyhighsecurity.com/Skyhigh_Secure_Web_Gateway_(Cloud)/Configuring_a_Web_Policy_%E2%80%94_OId_View/Working_with_Default_Rule_Sets_and_Feature_Configurations/Common_Rules/HTTP_Protocol',
    },
  ],
  because: {
    'http-status':
      'Skyhigh gateways refuse chunked answers when a rule of the HTTP Protocol rule set says so.',
    'held-until-close': 'Skyhigh gateways block or collect chunked answers when a rule says so.',
  },
  sources: [
    'https://success.skyhighsecurity.com/Skyhigh_Secure_Web_Gateway_(Cloud)/Configuring_a_Web_Policy_%E2%80%94_OId_View/Working_with_Default_Rule_Sets_and_Feature_Configurations/Common_Rules/HTTP_Protocol',
  ],
};
