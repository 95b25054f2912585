import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { ClientCertificate } from '../targets.ts';

/** Where systems keep the certificates that they trust, in one file; the first that is there counts (as Go's crypto/x509). */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/etc/ssl/cert.pem',
];

/** Whom to trust and whom to be. */
export interface TlsIdentity {
  /** Certificates (PEM) to trust as well. */
  ca: string | null;
  certificate: ClientCertificate | null;
}

const contexts = new Map<string, tls.SecureContext>();

/** The handle inside of a context, which node:tls itself adds certificates with. */
interface NativeContext {
  addCACert?(pem: string): void;
}

/**
 * A TLS context that trusts Node's built-in authorities, the system's, those in `NODE_EXTRA_CA_CERTS` and `ca`. Made once for
 * each identity.
 *
 * @throws Node's error for a certificate or key that cannot be used
 */
export function secureContext({ ca, certificate }: TlsIdentity): tls.SecureContext {
  const key = JSON.stringify([ca, certificate]);
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const context = makeContext(otherAuthorities(ca), certificate ?? {});
  contexts.set(key, context);
  return context;
}

/** Given as a list, all authorities would be parsed anew: a third of a second in which an arrival is noted too late. */
function makeContext(others: string[], own: Partial<ClientCertificate>): tls.SecureContext {
  const context = tls.createSecureContext(own);
  const native = context.context as NativeContext | undefined;
  if (typeof native?.addCACert !== 'function')
    return tls.createSecureContext({ ...own, ca: [...tls.rootCertificates, ...others] });
  for (const pem of others) native.addCACert(pem);
  return context;
}

/** Certificates that are not built into Node. */
function otherAuthorities(ca: string | null): string[] {
  const sources = [...systemCertificates(), readIfThere(process.env.NODE_EXTRA_CA_CERTS), ca ?? ''];
  const all = sources.flatMap(
    (pem) =>
      pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [],
  );
  const builtIn = new Set(tls.rootCertificates.map(withoutBlanks));
  const byContent = new Map(all.map((pem) => [withoutBlanks(pem), pem]));
  return [...byContent].filter(([content]) => !builtIn.has(content)).map(([, pem]) => pem);
}

function withoutBlanks(pem: string): string {
  return pem.replace(/\s+/g, '');
}

/** Node 22.15 and later ask the system itself, which on macOS and Windows is the only way. */
function systemCertificates(): string[] {
  const ask = (tls as { getCACertificates?: (type: 'system') => string[] }).getCACertificates;
  if (ask !== undefined) return ask('system');
  const named = process.env.SSL_CERT_FILE;
  for (const file of named === undefined ? SYSTEM_BUNDLES : [named]) {
    const text = readIfThere(file);
    if (text !== '') return [text];
  }
  return [];
}

function readIfThere(file: string | undefined): string {
  if (file === undefined || file === '') return '';
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
