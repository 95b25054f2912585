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

/**
 * A TLS context that trusts Node's built-in authorities, the system's, those in `NODE_EXTRA_CA_CERTS` and `ca`. Made once for
 * each identity: reading hundreds of certificates takes long enough to disturb a measurement.
 *
 * @throws Node's error for a certificate or key that cannot be used
 */
export function secureContext({ ca, certificate }: TlsIdentity): tls.SecureContext {
  const key = JSON.stringify([ca, certificate]);
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const context = tls.createSecureContext({
    ca: trusted(ca),
    ...(certificate === null ? {} : certificate),
  });
  contexts.set(key, context);
  return context;
}

function trusted(ca: string | null): string[] {
  const sources = [...systemCertificates(), readIfThere(process.env['NODE_EXTRA_CA_CERTS']), ca ?? ''];
  const all = [...tls.rootCertificates, ...sources].flatMap(
    (pem) => pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [],
  );
  const byContent = new Map(all.map((pem) => [pem.replace(/\s+/g, ''), pem]));
  return [...byContent.values()];
}

/** Node 22.15 and later ask the system itself, which on macOS and Windows is the only way. */
function systemCertificates(): string[] {
  const ask = (tls as { getCACertificates?: (type: 'system') => string[] }).getCACertificates;
  if (ask !== undefined) return ask('system');
  const named = process.env['SSL_CERT_FILE'];
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
