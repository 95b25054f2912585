import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const skyhighSwg: Intermediary = {
  id: 'skyhigh-swg',
  name: 'Skyhigh (McAfee) Secure Web Gateway',
  kind: 'security',
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
  ineffective: [],
  because: { 'held-until-close': 'Skyhigh gateways block or collect chunked answers when a rule says so.' },
  sources: [
    'https://success.skyhighsecurity.com/Skyhigh_Secure_Web_Gateway_(Cloud)/Configuring_a_Web_Policy_%E2%80%94_OId_View/Working_with_Default_Rule_Sets_and_Feature_Configurations/Common_Rules/HTTP_Protocol',
  ],
};
