import { sentences, textEvidence } from '../phrases.ts';
import { defineRule } from '../rule.ts';

/** Names in the issuer of certificates that inspecting proxies and virus scanners make on the spot. */
const INSPECTORS: readonly [pattern: RegExp, name: string][] = [
  [/zscaler/i, 'Zscaler'],
  [/netskope|goskope/i, 'Netskope'],
  [/fortinet|fortigate/i, 'Fortinet'],
  [/palo ?alto|globalprotect|prisma access/i, 'Palo Alto Networks'],
  [/blue ?coat|symantec web/i, 'Symantec (Blue Coat)'],
  [/cisco umbrella|opendns|ironport/i, 'Cisco Umbrella'],
  [/skyhigh|mcafee/i, 'Skyhigh (McAfee)'],
  [/forcepoint|websense/i, 'Forcepoint'],
  [/sophos/i, 'Sophos'],
  [/check ?point/i, 'Check Point'],
  [/barracuda/i, 'Barracuda'],
  [/watchguard|fireware/i, 'WatchGuard'],
  [/sonicwall/i, 'SonicWall'],
  [/menlo security/i, 'Menlo Security'],
  [/\biboss\b/i, 'iboss'],
  [/cato networks/i, 'Cato Networks'],
  [/cloudflare (for teams|gateway|zero trust)|gateway ca - cloudflare/i, 'Cloudflare Gateway'],
  [/kaspersky/i, 'Kaspersky'],
  [/avast|avg (web|technologies)/i, 'Avast'],
  [/\beset\b/i, 'ESET'],
  [/bitdefender/i, 'Bitdefender'],
  [/adguard/i, 'AdGuard'],
  [/mitmproxy/i, 'mitmproxy'],
  [/charles proxy/i, 'Charles'],
  [/fiddler/i, 'Fiddler'],
  [/portswigger/i, 'Burp'],
  [/zed attack proxy|owasp/i, 'ZAP'],
];

export const tlsInspection = defineRule({
  id: 'tls-inspection',
  title: 'A proxy reads the encrypted traffic',
  summary:
    'The certificate was made by an inspecting proxy or a virus scanner on this machine or network, which may hold the stream to scan it.',
  looksLike: 'The issuer of the certificate names a security product in place of a public authority.',
  why: 'Scanners want to see a whole download before they let it go, and an event stream is a download that never ends.',
  sources: [
    'https://stackoverflow.com/questions/62129788/on-a-machine-running-sophos-why-do-all-my-browsers-fail-to-receive-server-sent',
    'https://github.com/zaproxy/zaproxy/issues/5003',
    'https://github.com/tracim/tracim/issues/3235',
  ],
  needs: ['tls'],
  evaluate({ hop, tls }) {
    const issuer = tls.issuer ?? '';
    const product = INSPECTORS.find(([pattern]) => pattern.test(issuer))?.[1];
    if (product === undefined) return null;
    const harmful = hop.verdict !== 'streaming';
    return {
      severity: harmful ? 'warning' : 'info',
      confidence: 'likely',
      explanation: sentences(
        `The certificate comes from ${product}, so it reads and can hold everything on this connection.`,
        harmful
          ? 'Measure from a network or machine without it, and ask for an exception for this host.'
          : 'This stream flows through it.',
      ),
      evidence: [textEvidence('certificate issuer', issuer, 'a public authority')],
      fixes: harmful
        ? [
            {
              where: 'security product',
              change: `exclude ${hostOf(hop.observation.url)} from TLS inspection and from web scanning`,
              config: null,
              proven: false,
              source: 'https://github.com/amir20/dozzle/issues/1802',
            },
          ]
        : [],
    };
  },
});

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
