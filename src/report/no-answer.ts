import { showMs } from '../knowledge/phrases.ts';
import type { Observation, ReportHop } from '../types.ts';
import { maskUrls } from './mask.ts';

const REASONS: Readonly<Record<string, (host: string, port: string) => string>> = {
  ECONNREFUSED: (host, port) => `${host} refuses connections on port ${port}: nothing listens there`,
  ENOTFOUND: (host) => `the host name ${host} does not resolve`,
  EAI_AGAIN: (host) => `no name server answered for ${host}`,
  ETIMEDOUT: (host, port) => `${host} port ${port} did not answer in time`,
  EHOSTUNREACH: (host) => `there is no route to ${host}`,
  ENETUNREACH: (host) => `there is no network to reach ${host}`,
  ECONNRESET: (host) => `${host} broke the connection off before a response head came`,
  EPIPE: (host) => `${host} broke the connection off before a response head came`,
  CERT_HAS_EXPIRED: (host) => `TLS: the certificate of ${host} has expired`,
  CERT_NOT_YET_VALID: (host) => `TLS: the certificate of ${host} is not valid yet`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (host) =>
    `TLS: the certificate of ${host} is self-signed; give its CA, or -k to accept it`,
  SELF_SIGNED_CERT_IN_CHAIN: (host) =>
    `TLS: the CA that signed for ${host} is not trusted here; give it, or -k to accept it`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: (host) =>
    `TLS: the chain of certificates of ${host} is incomplete or its CA is not trusted here`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: (host) => `TLS: the CA that signed for ${host} is not trusted here`,
  ERR_TLS_CERT_ALTNAME_INVALID: (host) => `TLS: the certificate that came is not for ${host}`,
  EPROTO: (host, port) => `TLS: ${host} port ${port} does not speak a TLS version that is accepted here`,
  ERR_SSL_WRONG_VERSION_NUMBER: (host, port) =>
    `TLS: ${host} port ${port} does not speak TLS; is it http:// there?`,
};

/** Why an observation holds no response, as one sentence for people; null when it holds one. */
export function noAnswer(observation: Observation): NonNullable<ReportHop['error']> | null {
  if (observation.response !== null) return null;
  const { error, marks } = observation;
  if (error === null) return { code: 'UNCLOG_NO_HEAD', message: 'no response head came' };
  const after = showMs(error.atMs - marks.startMs);
  if (error.code === 'UNCLOG_TIMEOUT') return { code: error.code, message: timeout(error.phase, after) };
  if (error.code === 'UNCLOG_INTERRUPTED')
    return { code: error.code, message: `stopped after ${after}, before a response head came` };
  if (error.code.startsWith('HPE_'))
    return { code: error.code, message: `what came is not HTTP/1: ${maskUrls(error.message)}` };
  const { host, port } = target(observation.redirects?.at(-1)?.location ?? observation.url);
  const reason = REASONS[error.code]?.(host, port);
  return { code: error.code, message: reason ?? maskUrls(error.message) };
}

function timeout(phase: NonNullable<Observation['error']>['phase'], after: string): string {
  const sentences: Record<typeof phase, string> = {
    dns: `the host name did not resolve within ${after}`,
    connect: `no connection within ${after}`,
    tls: `the TLS handshake did not finish within ${after}`,
    request: `the request could not be sent within ${after}`,
    head: `no response head within ${after}`,
  };
  return sentences[phase];
}

function target(url: string): { host: string; port: string } {
  try {
    const { hostname, port, protocol } = new URL(url);
    return { host: hostname, port: port || (protocol === 'https:' ? '443' : '80') };
  } catch {
    return { host: 'the host', port: '?' };
  }
}
