import { BlockList, isIP } from 'node:net';
import type { ProxyChoice } from '../targets.ts';
import { wireError } from './answer-sink.ts';

/** curl's, for a proxy whose URL names no port. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 1080, 'https:': 443 };

/** A proxy to connect to in place of the URL's host. */
export interface ChosenProxy {
  /** Without user information. */
  url: string;
  secure: boolean;
  host: string;
  port: number;
  /** `Basic …` from the user information of its URL. */
  authorization: string | null;
  /** The variable that named it, or `-x`. */
  from: string;
}

/** Where to look for a proxy. */
export interface ProxySettings {
  proxy: ProxyChoice;
  /** In place of `NO_PROXY`; null: the environment's. */
  noProxy: string | null;
}

/**
 * The proxy for a URL as curl chooses it: `http_proxy` in lower case only (a CGI program gets `HTTP_PROXY` from a request's
 * `Proxy` field, https://httpoxy.org), the others in both, `ALL_PROXY` last; `NO_PROXY` makes exceptions.
 *
 * @throws an error with code `UNCLOG_PROXY` for a proxy that is no HTTP proxy or no URL
 */
export function chooseProxy(
  url: URL,
  { proxy, noProxy }: ProxySettings,
  env: NodeJS.ProcessEnv = process.env,
): ChosenProxy | null {
  if (proxy === 'none') return null;
  const found = proxy === 'environment' ? fromEnvironment(url, env) : { from: '-x', text: proxy.url };
  if (found === null || found.text.trim() === '') return null;
  const exceptions = noProxy ?? env.no_proxy ?? env.NO_PROXY ?? '';
  return isException(hostOf(url), exceptions) ? null : parseProxy(found.text.trim(), found.from);
}

function fromEnvironment(url: URL, env: NodeJS.ProcessEnv): { from: string; text: string } | null {
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy'];
  const from = [...names, 'all_proxy', 'ALL_PROXY'].find((name) => env[name] !== undefined);
  return from === undefined ? null : { from, text: env[from] ?? '' };
}

function parseProxy(text: string, from: string): ChosenProxy {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : null;
  const defaultPort = url === null ? undefined : DEFAULT_PORTS[url.protocol];
  // The text may hold a password.
  if (url === null || defaultPort === undefined || url.hostname === '') {
    const what = url === null ? 'is not a URL' : `begins with ${url.protocol}//`;
    throw wireError(
      'UNCLOG_PROXY',
      `the proxy that ${from} names ${what}, expected http://HOST:PORT or https://HOST:PORT`,
    );
  }
  // A URL drops the port that is usual for its scheme.
  const named = /^[a-z]+:\/\/(?:[^/@]*@)?(?:\[[^\]]*\]|[^/:]*):(\d+)/i.exec(full)?.[1];
  const port = named === undefined ? defaultPort : Number(named);
  return {
    url: `${url.protocol}//${url.hostname}:${port}`,
    secure: url.protocol === 'https:',
    host: hostOf(url),
    port,
    authorization: basicAuthorization(url),
    from,
  };
}

/** `Basic …` for the user information of a URL, or null (RFC 7617). */
export function basicAuthorization(url: URL): string | null {
  if (url.username === '' && url.password === '') return null;
  const user = `${unescapePercent(url.username)}:${unescapePercent(url.password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

function unescapePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The host without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** curl's rules: names match with all below them, with or without a leading dot; addresses and networks as such. */
function isException(host: string, list: string): boolean {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.some((entry) => {
    if (entry === '*') return true;
    if (isIP(wanted) !== 0) return inNetwork(wanted, entry.replace(/^\[|\]$/g, ''));
    const name = entry.toLowerCase().replace(/^\./, '').replace(/\.$/, '');
    return wanted === name || wanted.endsWith(`.${name}`);
  });
}

function inNetwork(address: string, entry: string): boolean {
  const [network = '', bits] = entry.split('/', 2);
  const version = isIP(network);
  if (version === 0 || version !== isIP(address)) return false;
  const type = version === 4 ? 'ipv4' : 'ipv6';
  const prefix = bits === undefined ? (version === 4 ? 32 : 128) : Number(bits);
  if (!/^\d+$/.test(bits ?? '0') || prefix > (version === 4 ? 32 : 128)) return false;
  const networks = new BlockList();
  networks.addSubnet(network, prefix, type);
  return networks.check(address, type);
}
