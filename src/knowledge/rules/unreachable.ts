import type { ObservedError } from '../../types.ts';
import { msEvidence, sentences, textEvidence } from '../phrases.ts';
import { defineRule } from '../rule.ts';

/** What a code means and what to look at, in one sentence. */
const SENTENCES: readonly [pattern: RegExp, sentence: string][] = [
  [
    /^ECONNREFUSED$/,
    'The connection was refused: nothing listens on this port, or a firewall rejects it. Check that the service runs and that the port is right.',
  ],
  [
    /^ENOTFOUND$/,
    'The host name does not resolve. Check its spelling, and whether this machine uses the DNS server that knows it.',
  ],
  [/^EAI_AGAIN$/, 'The name server did not answer. Check the network and the DNS settings of this machine.'],
  [
    /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    'The connection timed out: packets are dropped, usually by a firewall or a wrong address.',
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH)$/,
    'There is no route to this address from this machine. Check the network, the VPN and, for an IPv6 address, whether IPv6 works here.',
  ],
  [
    /^(ECONNRESET|EPIPE)$/,
    'The other side dropped the connection before it answered: a crash, a proxy that refuses this client, or plain HTTP sent to a TLS port.',
  ],
  [/^(CERT_HAS_EXPIRED)$/, 'The TLS certificate has expired. Renew it.'],
  [/^(CERT_NOT_YET_VALID)$/, 'The TLS certificate is not valid yet. Check the clocks of both machines.'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/,
    'The TLS certificate is not signed by an authority that this machine trusts: a private authority, a missing intermediate certificate, or a proxy that inspects TLS. Name the authority with NODE_EXTRA_CA_CERTS=FILE.',
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'The TLS certificate is for another host name.'],
  [
    /^(ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)$/,
    'The TLS handshake failed: the port may speak plain HTTP (try http:// instead of https://), or the two sides share no TLS version.',
  ],
  [/^ERR_(SSL|TLS)_/, 'The TLS handshake failed.'],
  [
    /^UNCLOG_PROXY$/,
    'The proxy that this machine is told to use did not let the request through, so nothing is known about the hop: --noproxy or NO_PROXY leaves it out, -x names another one.',
  ],
  [
    /^UNCLOG_UNIX_SOCKET$/,
    'Nothing can be reached over the unix socket: a wrong path, missing permission, or nothing that listens.',
  ],
  [
    /^(HPE_|UNCLOG_NOT_HTTP$)/,
    'The answer is not valid HTTP/1.1: the port may speak another protocol (HTTP/2 without TLS, TLS, or something else).',
  ],
];

const PHASES: Readonly<Record<ObservedError['phase'], string>> = {
  dns: 'looking up the name',
  connect: 'connecting',
  tls: 'TLS handshake',
  request: 'sending the request',
  head: 'waiting for the response head',
};

export const unreachable = defineRule({
  id: 'unreachable',
  title: 'No answer from this address',
  summary:
    'The name, the connection, TLS or the first exchange failed, so nothing is known about the stream.',
  looksLike: 'An error code in place of a response, with the phase in which it happened.',
  why: 'A wrong address, a service that is down, a firewall, DNS, or a certificate.',
  sources: [
    'https://nodejs.org/api/errors.html#common-system-errors',
    'https://nodejs.org/api/tls.html#x509-certificate-error-codes',
  ],
  needs: ['error'],
  evaluate({ hop, error }) {
    if (hop.verdict !== 'unreachable') return null;
    const known = SENTENCES.find(([pattern]) => pattern.test(error.code))?.[1];
    return {
      // Not an error: a hop that could not be measured is exit code 3, not 1.
      severity: 'warning',
      confidence: 'likely',
      explanation: sentences(known ?? `The request failed: ${error.message}.`),
      evidence: [
        textEvidence('error code', error.code),
        textEvidence('failed while', PHASES[error.phase]),
        msEvidence('after', error.atMs - hop.observation.marks.startMs),
      ],
      fixes: [],
    };
  },
});
