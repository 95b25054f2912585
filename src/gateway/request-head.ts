import { fromRawHeaders, headerTokens, headerValues } from '../http/header-list.ts';
import { withoutHopByHop } from '../http/hop-by-hop.ts';
import type { HeaderList } from '../types.ts';
import type { RequestHead } from './client-side.ts';
import { GatewayError } from './errors.ts';
import { addForwardedFields, readProvenance } from './forwarded.ts';
import { LIMITS } from './limits.ts';
import type { GatewaySettings } from './options.ts';
import { sortFields, withoutNominated } from './request-fields.ts';
import { isIncremental, without } from './response-head.ts';
import type { UpstreamSettings, UpstreamTarget } from './upstreams/options.ts';

/** A client's request, checked, in the form in which it goes on. */
export interface ForwardRequest {
  method: string;
  /** Path and query as sent, in origin form, the upstream's base path not yet before it. */
  target: string;
  /** The path of it, for routing and the log: queries may hold secrets. */
  path: string;
  /** All fields but `Host`, `Connection`, `Expect` and those of the framing, which each transport writes itself. */
  headers: HeaderList;
  /** The `Host` that the client sent; empty where there is none. */
  clientHost: string;
  /** Address of the client; see forwarded.ts. */
  client: string;
  body: RequestFraming;
  /** The client waits for a 100 (Continue) before it sends the body. */
  expectsContinue: boolean;
  /** The client can take trailers (`TE: trailers`). */
  takesTrailers: boolean;
  /** It asks to be forwarded as it comes (RFC 10036). */
  isIncremental: boolean;
  /** How many hops an `OPTIONS` or `TRACE` may still take; 0: it is for this one. Null: no limit, or another method. */
  maxForwards: number | null;
}

export type RequestFraming = { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' };

const NO_FIELDS: HeaderList = [];

/**
 * @throws GatewayError for a request that is not forwarded. Node's strict parser has refused the malformed ones
 * already; these are what it lets through.
 */
export function readRequest(
  req: RequestHead,
  settings: Pick<GatewaySettings, 'via' | 'trustedProxies' | 'mode'>,
): ForwardRequest {
  const isHttp2 = req.hasOpenBody !== undefined;
  // Node's parser lets versions 0.9 and 2.0 through.
  if (req.httpVersionMajor !== 1 && !isHttp2) throw new GatewayError('version-not-supported');
  const isHttp10 = !isHttp2 && req.httpVersionMinor === 0;
  if (req.rawHeaders.length > 2 * LIMITS.requestHeadLines) throw new GatewayError('request-head-too-large');
  const fields = sortFields(req.rawHeaders);
  const { trustedProxies, mode, via } = settings;
  // Most requests have nothing that has to be looked at twice.
  const isPlain = !fields.isSpecial && trustedProxies === null && mode !== 'observe';
  const received = isPlain ? NO_FIELDS : fromRawHeaders(req.rawHeaders);
  const maxForwards = readMaxForwards(req, received);
  const { target, authority } =
    req.url === '*' && maxForwards === 0 ? { target: '*', authority: null } : readTarget(req.url ?? '');
  const ownHost = readHost(fields.hosts, !isHttp10);
  const clientHost = authority ?? ownHost;
  const query = target.indexOf('?');
  const provenance = readProvenance(req, received, trustedProxies);
  let headers = mode === 'observe' ? unchanged(received) : fields.kept;
  if (fields.isSpecial) headers = withoutNominated(headers, received);
  headers = oneForwardLess(headers, maxForwards);
  if (mode !== 'observe') {
    const proto = req.socket.encrypted ? 'https' : 'http';
    addForwardedFields(headers, req, received, provenance, { host: clientHost, proto });
    if (via !== null) headers.push(['Via', `${req.httpVersion} ${via}`]);
  }
  return {
    method: req.method ?? 'GET',
    target,
    path: query === -1 ? target : target.slice(0, query),
    headers,
    clientHost,
    client: provenance.client,
    body: readFraming(req, received),
    expectsContinue: !isPlain && !isHttp10 && headerTokens(received, 'expect').includes('100-continue'),
    takesTrailers: !isPlain && headerTokens(received, 'te').includes('trailers'),
    isIncremental: !isPlain && isIncremental(received),
    maxForwards,
  };
}

/** A segment that a server may resolve: `.` and `..`, also percent-encoded, with a parameter, or beside encoded slashes. */
const DOT_SEGMENT = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:[/\\;]|%2f|%5c|$)/i;

/** Nearly every target: nothing in it that could be refused. No dot and no percent sign in the path. */
const PLAIN_TARGET = /^\/[\w~!$&'()*+,;=:@/-]*(?:\?[\x21\x22\x24-\x7e]*)?$/;

/**
 * Origin form, or absolute form turned into it (RFC 9112 section 3.2). Nothing is decoded or normalised: the path the
 * upstream sees is the path that was routed. Dot segments are refused, since every honest client resolves them
 * itself and the upstream might resolve them to somewhere else.
 */
function readTarget(url: string): { target: string; authority: string | null } {
  if (PLAIN_TARGET.test(url)) return { target: url, authority: null };
  let target = url;
  let authority: string | null = null;
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url);
  if (absolute !== null) {
    authority = absolute[1] as string;
    target = absolute[2] as string;
    if (!target.startsWith('/')) target = `/${target}`;
    if (authority === '' || !isHost(authority))
      throw new GatewayError('bad-target', 'authority in the target');
  }
  if (!/^\/[\x21\x22\x24-\x7e\x80-\xff]*$/.test(target))
    throw new GatewayError('bad-target', 'not origin form');
  const path = target.split('?', 1)[0] as string;
  if (DOT_SEGMENT.test(path) || path.includes('\\'))
    throw new GatewayError('bad-target', 'dot segment or backslash');
  return { target, authority };
}

/** `uri-host [ ":" port ]`, without user information: RFC 9110 section 7.2. */
function isHost(text: string): boolean {
  return /^(?:[\w\-.~!$&'()*+,;=%]+|\[[0-9a-fA-F:.]+\])?(?::\d{0,5})?$/.test(text);
}

/** RFC 9112 section 3.2: one in HTTP/1.1, none or one before. */
function readHost(hosts: readonly string[], isNeeded: boolean): string {
  if (hosts.length > 1) throw new GatewayError('duplicate-host');
  if (hosts.length === 0 && isNeeded) throw new GatewayError('bad-request', 'no Host field');
  const host = hosts[0] ?? '';
  if (!isHost(host)) throw new GatewayError('bad-request', 'malformed Host');
  return host;
}

/** Framing as the parser understood it; whatever two parsers could understand differently is refused. */
function readFraming(req: RequestHead, received: HeaderList): RequestFraming {
  const codings = headerValues(received, 'transfer-encoding');
  const lengths = headerValues(received, 'content-length');
  if (codings.length > 0) {
    if (req.httpVersion !== '1.1' || lengths.length > 0) throw new GatewayError('bad-request', 'framing');
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked')
      throw new GatewayError('request-coding');
    return { kind: 'chunked' };
  }
  // An HTTP/2 body may have no length, and marks its own end.
  if (lengths.length === 0) return { kind: req.hasOpenBody ? 'chunked' : 'none' };
  const [length = ''] = lengths;
  if (lengths.length > 1 || !/^\d{1,16}$/.test(length) || !Number.isSafeInteger(Number(length)))
    throw new GatewayError('bad-request', 'Content-Length');
  return { kind: 'length', bytes: Number(length) };
}

/** RFC 9110 section 7.6.2: only of interest with these two methods. */
function readMaxForwards(req: RequestHead, received: HeaderList): number | null {
  if (req.method !== 'OPTIONS' && req.method !== 'TRACE') return null;
  const values = headerValues(received, 'max-forwards');
  if (values.length === 0) return null;
  const [value = ''] = values;
  if (values.length > 1 || !/^\d{1,9}$/.test(value)) throw new GatewayError('bad-request', 'Max-Forwards');
  return Number(value);
}

/** Framing is written anew, and no spelling of it may say something else. */
const FRAMING_NAMES =
  /^(?:host|content-length|expect|trailer|connection|transfer-encoding|keep-alive|upgrade|te)$/;

/** In observe mode: all but what concerns this connection, in every spelling, goes on as it came. */
function unchanged(received: HeaderList): HeaderList {
  return withoutHopByHop(received).filter(
    ([name]) => !FRAMING_NAMES.test(name.toLowerCase().replaceAll('_', '-')),
  );
}

function oneForwardLess(list: HeaderList, maxForwards: number | null): HeaderList {
  if (maxForwards === null) return list;
  return [...without(list, ['max-forwards']), ['Max-Forwards', String(maxForwards - 1)]];
}

/** The `Host` that a target gets. */
export function hostFor(
  request: ForwardRequest,
  { hostHeader }: Pick<UpstreamSettings, 'hostHeader'>,
  target: UpstreamTarget,
): string {
  return hostHeader === 'client' && request.clientHost !== '' ? request.clientHost : target.authority;
}

/**
 * The request head of a relayed stream. Its connection serves this one request. `asksForIdentity`: for an answer without
 * content coding, since a compressor that waits holds the stream.
 */
export function writeRequestHead(
  request: ForwardRequest,
  basePath: string,
  host: string,
  asksForIdentity: boolean,
): string {
  const { method, target, headers, body, takesTrailers } = request;
  let head = `${method} ${basePath}${target} HTTP/1.1\r\nHost: ${host}\r\n`;
  for (let i = 0; i < headers.length; i++) {
    const [name, value] = headers[i] as HeaderList[number];
    const isDropped = asksForIdentity && name.length === 15 && name.toLowerCase() === 'accept-encoding';
    if (!isDropped) head += `${name}: ${value}\r\n`;
  }
  if (asksForIdentity) head += 'Accept-Encoding: identity\r\n';
  if (body.kind === 'chunked') head += 'Transfer-Encoding: chunked\r\n';
  else if (body.kind === 'length') head += `Content-Length: ${body.bytes}\r\n`;
  if (request.expectsContinue && body.kind !== 'none') head += 'Expect: 100-continue\r\n';
  return `${head}${takesTrailers ? 'TE: trailers\r\nConnection: TE, close' : 'Connection: close'}\r\n\r\n`;
}
