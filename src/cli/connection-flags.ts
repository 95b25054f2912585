import { isIP } from 'node:net';
import type {
  ClientCertificate,
  HttpVersionChoice,
  ObserveOptions,
  ProxyChoice,
  ResolveEntry,
} from '../probe/targets.ts';
import { readFlagFile } from './flag-file.ts';
import type { RequestArguments } from './probe-flags.ts';
import { UsageError } from './usage-error.ts';

/** How connections are made. */
export type ConnectionSettings = Pick<
  ObserveOptions,
  'verifyTls' | 'ca' | 'httpVersion' | 'unixSocket' | 'resolve' | 'proxy' | 'noProxy' | 'redirects'
>;

/**
 * Reads the flags that shape the connection.
 * @throws UsageError naming the flag and what was expected
 */
export function readConnection(argv: RequestArguments): ConnectionSettings {
  return {
    verifyTls: argv.insecure !== true,
    ca: argv.cacert === undefined ? null : readFlagFile('--cacert', argv.cacert).toString('utf8'),
    httpVersion: readVersion(argv),
    unixSocket: argv.unixSocket ?? null,
    resolve: (argv.resolve ?? []).map(readResolve),
    proxy: argv.proxy === undefined ? 'environment' : readProxy(argv.proxy),
    noProxy: argv.noproxy ?? null,
    redirects: argv.location === true ? 'all' : 'same-host',
  };
}

const VERSION_FLAGS = { 'http1.0': '1.0', 'http1.1': '1.1', http2: '2' } as const;

function readVersion(argv: RequestArguments): HttpVersionChoice {
  if (argv.http2PriorKnowledge === true) return '2-prior-knowledge';
  const given = Object.entries(VERSION_FLAGS).filter(
    ([flag]) => argv[flag as keyof typeof VERSION_FLAGS] === true,
  );
  if (given.length > 1)
    throw new UsageError(`${given.map(([flag]) => `--${flag}`).join(' and ')}: expected one HTTP version`);
  return given[0]?.[1] ?? 'auto';
}

/** `HOST:PORT:ADDRESS[,ADDRESS]…`; IPv6 addresses in brackets, as curl takes them. */
function readResolve(text: string): ResolveEntry {
  const [, host = '', port = '', list = ''] = /^\+?([^:]+|\[[^\]]+\]):(\d{1,5}):(.+)$/.exec(text) ?? [];
  const addresses = list.split(',').map((one) => one.trim().replace(/^\[(.*)\]$/, '$1'));
  const wrong = addresses.find((one) => isIP(one) === 0);
  if (host === '' || Number(port) > 65_535 || wrong !== undefined)
    throw new UsageError(`--resolve: "${text}" is not understood, expected HOST:PORT:ADDRESS`);
  return { host: host.toLowerCase(), port: Number(port), addresses };
}

/** A proxy without a scheme is an HTTP proxy, and one without a port listens on 1080: both as in curl. */
function readProxy(text: string): ProxyChoice {
  if (text === '') return 'none';
  const url = text.includes('://') ? text : `http://${text}`;
  const scheme = /^([a-z0-9]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== 'http' && scheme !== 'https')
    throw new UsageError(`-x: a ${scheme} proxy is not supported, expected http://HOST:PORT`);
  if (!URL.canParse(url)) throw new UsageError('-x: this is not a proxy address, expected http://HOST:PORT');
  const parsed = new URL(url);
  if (parsed.port === '' && !/:(?:80|443)\/?$/.test(url)) parsed.port = '1080';
  return { url: parsed.href };
}

/** `FILE` or `FILE:PASSPHRASE`, with the key in the same file unless `--key` names another. */
export function readCertificate({ cert, key }: RequestArguments): ClientCertificate | null {
  if (cert === undefined) {
    if (key !== undefined) throw new UsageError('--key: there is no --cert that the key belongs to');
    return null;
  }
  const [, file = cert, passphrase] = /^((?:[a-zA-Z]:[\\/])?[^:]+):(.*)$/.exec(cert) ?? [];
  const pem = readPem('--cert', file);
  return {
    cert: pem,
    key: key === undefined ? pem : readPem('--key', key),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function readPem(flag: string, file: string): string {
  const text = readFlagFile(flag, file).toString('latin1');
  if (!text.includes('-----BEGIN '))
    throw new UsageError(`${flag}: ${file} holds no PEM block, expected a PEM file`);
  return text;
}
