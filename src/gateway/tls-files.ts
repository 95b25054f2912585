import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { whyUnreadable } from '../unreadable.ts';
import { GatewayOptionError } from './option-error.ts';

/** A certificate with its chain, and its key: both PEM. */
export interface TlsPair {
  cert: Buffer;
  key: Buffer;
  /** Of the certificate itself, the first in the file. */
  subject: string;
  validTo: Date;
}

/** Names of the two options, as messages have them, and the files that they name. */
export interface TlsPairFiles {
  certOption: string;
  certFile: string;
  keyOption: string;
  keyFile: string;
}

/**
 * Reads a certificate and its key, and checks that they can be used together.
 * @throws GatewayOptionError that names the option, the file, and what was expected in it
 */
export function readTlsPair({ certOption, certFile, keyOption, keyFile }: TlsPairFiles): TlsPair {
  const cert = readPem(certOption, certFile, 'CERTIFICATE', 'a certificate');
  const key = readPem(keyOption, keyFile, 'PRIVATE KEY', 'a private key');
  if (/ENCRYPTED/.test(key.toString('latin1')))
    throw new GatewayOptionError(
      `${keyOption}: the key in ${keyFile} asks for a passphrase, expected one without (openssl pkey -in ${keyFile} -out plain.pem)`,
    );
  const { subject, validTo, checkPrivateKey } = inspect(certOption, certFile, cert);
  try {
    createSecureContext({ key });
  } catch (error) {
    throw new GatewayOptionError(`${keyOption}: the key in ${keyFile} cannot be used: ${reasonOf(error)}`);
  }
  if (!checkPrivateKey(key))
    throw new GatewayOptionError(
      `${keyOption}: the key in ${keyFile} does not belong to the certificate in ${certFile}`,
    );
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new GatewayOptionError(
      `${certOption}: the certificate in ${certFile} cannot be used: ${reasonOf(error)}`,
    );
  }
  return { cert, key, subject, validTo };
}

/** What connections to an upstream are made with; undefined: what Node trusts, and no certificate of our own. */
export interface UpstreamTlsFiles {
  ca?: string | null | undefined;
  cert?: string | null | undefined;
  key?: string | null | undefined;
}

/** What TLS to an upstream is made with, and by what to tell whether it has changed. */
export interface UpstreamTls {
  context: SecureContext;
  digest: string;
}

/**
 * The context for TLS to an upstream, made once: each connection would parse all certificates again.
 * @throws GatewayOptionError when a file cannot be used
 */
export function createUpstreamContext({ ca, cert, key }: UpstreamTlsFiles): UpstreamTls {
  const trusted = typeof ca === 'string' ? readPem('upstreamCa', ca, 'CERTIFICATE', 'a certificate') : null;
  if (trusted !== null) inspect('upstreamCa', ca as string, trusted);
  const pair =
    typeof cert === 'string' && typeof key === 'string'
      ? readTlsPair({ certOption: 'upstreamCert', certFile: cert, keyOption: 'upstreamKey', keyFile: key })
      : null;
  const context = createSecureContext({
    ...(trusted !== null && { ca: trusted }),
    ...(pair !== null && { cert: pair.cert, key: pair.key }),
  });
  const digest = createHash('sha256');
  for (const part of [trusted, pair?.cert, pair?.key])
    digest.update(`${part?.length ?? 0}\n`).update(part ?? '');
  return { context, digest: digest.digest('hex') };
}

/** @throws GatewayOptionError when only one of two options that belong together is given */
export function checkTogether(options: Readonly<Record<string, unknown>>, cert: string, key: string): void {
  const isGiven = (name: string): boolean => options[name] !== undefined && options[name] !== null;
  if (isGiven(cert) === isGiven(key)) return;
  const [given, missing] = isGiven(cert) ? [cert, key] : [key, cert];
  throw new GatewayOptionError(`${given}: ${missing} is missing, expected both a certificate and its key`);
}

function readPem(option: string, file: string, label: string, what: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new GatewayOptionError(`${option}: cannot read ${file}: ${whyUnreadable(error)}`);
  }
  if (!bytes.toString('latin1').includes(`${label}-----`))
    throw new GatewayOptionError(
      `${option}: ${file} holds no ${label.toLowerCase()}, expected ${what} in PEM`,
    );
  return bytes;
}

function inspect(option: string, file: string, cert: Buffer) {
  try {
    const first = new X509Certificate(cert);
    return {
      subject: first.subject.replaceAll('\n', ', '),
      validTo: new Date(first.validTo),
      checkPrivateKey: (key: Buffer): boolean => first.checkPrivateKey(createPrivateKey(key)),
    };
  } catch (error) {
    throw new GatewayOptionError(`${option}: the certificate in ${file} cannot be read: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return (error as { reason?: string }).reason ?? (error as Error).message;
}
