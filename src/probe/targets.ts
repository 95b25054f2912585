import { isCredentialField } from '../report/mask.ts';
import type { HeaderList } from '../types.ts';

/** One URL to watch. */
export interface ProbeTarget {
  /** Short name of the hop in the report. */
  name: string;
  /** `http:` or `https:` URL of the stream through this hop. */
  url: string;
  /** Request fields beside the defaults; a field given here replaces the default of that name. */
  headers?: HeaderList;
  /** Client certificate for this URL's origin; never recorded. */
  certificate?: ClientCertificate;
}

/** A client certificate with its key, both PEM; a file with both serves as either. */
export interface ClientCertificate {
  cert: string;
  key: string;
  passphrase?: string;
}

/**
 * `auto`: HTTP/2 or 1.1 as TLS negotiates (ALPN), 1.1 without TLS, as browsers and curl do. `2` is the
 * same, named as curl's flag is (RFC 9113 section 3.1 has no upgrade without TLS any more); `2-prior-knowledge` is HTTP/2 either way.
 */
export type HttpVersionChoice = 'auto' | '1.0' | '1.1' | '2' | '2-prior-knowledge';

/** An address to use for a host and port in place of what the name resolves to (curl's `--resolve`). */
export interface ResolveEntry {
  /** Lower case; `*` for any. */
  host: string;
  port: number;
  /** Tried in order. */
  addresses: string[];
}

/** `environment`: what `http_proxy`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say, read as curl reads them. */
export type ProxyChoice = 'environment' | 'none' | { url: string };

/** How the requests are sent and how long answers are watched; every field has a default. */
export interface ObserveOptions {
  /** How long to wait for the first event. Default 60,000. */
  waitFirstMs: number;
  /** How long to watch from the first event on. Default 10,000. */
  durationMs: number;
  /** Stop after so many events; null = no limit. */
  events: number | null;
  method: string;
  /** Request body, for methods that carry one. */
  body: Buffer | null;
  /** False accepts any server certificate. Default true. */
  verifyTls: boolean;
  /** Certificates (PEM) to trust beside the built-in, the system's and those of `NODE_EXTRA_CA_CERTS`. */
  ca: string | null;
  /** Default `auto`. */
  httpVersion: HttpVersionChoice;
  /** Connect to this unix socket instead of the URL's host; no proxy is used then. */
  unixSocket: string | null;
  resolve: ResolveEntry[];
  /** Default `environment`. User information in its URL is sent to the proxy and never recorded. */
  proxy: ProxyChoice;
  /** Hosts that need no proxy, in the form of `NO_PROXY`, in its place; null: the environment's. */
  noProxy: string | null;
  /**
   * Redirects to follow. `same-host` (default): those that stay on the host that was named, since no request is sent
   * to a host that was not announced; `all`; or `none`. Credentials go to the origin of the first URL only.
   */
  redirects: 'same-host' | 'all' | 'none';
  /** Hears of each response head as it is on the wire, secrets included, before the recording masks them. */
  onHead?: (head: { hop: string; status: number; headers: HeaderList }) => void;
  /** Redirects followed at most. Default 20, as browsers (WHATWG Fetch section 4.4). */
  mostRedirects: number;
}

export const OBSERVE_DEFAULTS: ObserveOptions = {
  waitFirstMs: 60_000,
  durationMs: 10_000,
  events: null,
  method: 'GET',
  body: null,
  verifyTls: true,
  ca: null,
  httpVersion: 'auto',
  unixSocket: null,
  resolve: [],
  proxy: 'environment',
  noProxy: null,
  redirects: 'same-host',
  mostRedirects: 20,
};

/** What a browser's EventSource sends (WHATWG HTML, "Server-sent events"), as far as this Node can decode the answer. */
export const EVENT_SOURCE_FIELDS: HeaderList = [
  ['Accept', 'text/event-stream'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Cache-Control', 'no-cache'],
];

/** Does a request field of this name carry a secret? Such a field is never recorded, and only sent to the first URL's host. */
export function isCredential(name: string): boolean {
  return isCredentialField(name) || name.toLowerCase() === 'unclog-stamp';
}

/**
 * The target's fields over the defaults; fields the user names replace defaults of the same name, and one with an empty
 * value takes the default away, as with curl.
 */
export function requestFields(target: ProbeTarget, version: string): HeaderList {
  const own = target.headers ?? [];
  const named = new Set(own.map(([name]) => name.toLowerCase()));
  const defaults: HeaderList = [...EVENT_SOURCE_FIELDS, ['User-Agent', `unclog/${version}`]];
  const isDefault = new Set(defaults.map(([name]) => name.toLowerCase()));
  return [
    ...defaults.filter(([name]) => !named.has(name.toLowerCase())),
    ...own.filter(([name, value]) => value !== '' || !isDefault.has(name.toLowerCase())),
  ];
}
