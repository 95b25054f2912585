import type { HeaderList } from '../types.ts';

/** One URL to watch. */
export interface ProbeTarget {
  /** Short name of the hop in the report. */
  name: string;
  /** `http:` or `https:` URL of the stream through this hop. */
  url: string;
  /** Request fields beside the defaults; a field given here replaces the default of that name. */
  headers?: HeaderList;
}

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
  /** Certificates (PEM) to trust beside the built-in ones. */
  ca: string | null;
}

export const OBSERVE_DEFAULTS: ObserveOptions = {
  waitFirstMs: 60_000,
  durationMs: 10_000,
  events: null,
  method: 'GET',
  body: null,
  verifyTls: true,
  ca: null,
};

/** What a browser's EventSource sends (WHATWG HTML, "Server-sent events"), as far as this Node can decode the answer. */
export const EVENT_SOURCE_FIELDS: HeaderList = [
  ['Accept', 'text/event-stream'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Cache-Control', 'no-cache'],
];

/** Request fields that carry a secret: never in an observation, and only sent to the host of the first URL. */
const CREDENTIAL_FIELDS = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'unclog-stamp',
]);

export function isCredential(name: string): boolean {
  return CREDENTIAL_FIELDS.has(name.toLowerCase());
}

/** The target's fields over the defaults; fields the user names replace defaults of the same name. */
export function requestFields(target: ProbeTarget, version: string): HeaderList {
  const own = target.headers ?? [];
  const named = new Set(own.map(([name]) => name.toLowerCase()));
  const defaults: HeaderList = [...EVENT_SOURCE_FIELDS, ['User-Agent', `unclog/${version}`]];
  return [...defaults.filter(([name]) => !named.has(name.toLowerCase())), ...own];
}

/**
 * Where an unclog origin that serves this stream URL answers clock exchanges: the check path lies beside the
 * stream, so that whatever leads to one leads to the other.
 */
export function clockUrl(streamUrl: string): URL {
  const url = new URL(streamUrl);
  const wellKnown = url.pathname.indexOf('/.well-known/unclog/');
  const prefix =
    wellKnown >= 0 ? url.pathname.slice(0, wellKnown) : url.pathname.slice(0, url.pathname.lastIndexOf('/'));
  url.pathname = `${prefix}/.well-known/unclog/clock`;
  url.search = '';
  url.hash = '';
  return url;
}
