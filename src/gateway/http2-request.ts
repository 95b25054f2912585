import { isFieldValue, isToken } from '../http/field-syntax.ts';
import type { ClientConnection, RequestHead } from './client-side.ts';
import type { Fault } from './errors.ts';

/** RFC 9113 section 8.3.1. `:protocol` (RFC 8441) is not offered. */
const PSEUDO_FIELDS: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path']);

/** RFC 9113 section 8.2.2: they would say something about a connection that HTTP/2 does not have. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** The head of an HTTP/2 request, in the shape that HTTP/1 has: what reads requests reads both. */
export class Http2RequestHead implements RequestHead {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  readonly socket: ClientConnection;
  readonly hasOpenBody: boolean;
  /** Why it is not served, or null. */
  readonly fault: Fault | null;

  /** `raw` has names and values in turn, the pseudo-header fields first, as they came. */
  constructor(raw: readonly string[], hasOpenBody: boolean, socket: ClientConnection, maxBytes: number) {
    const { pseudo, fields, cookies, fault } = sort(raw, maxBytes);
    this.method = pseudo.get(':method') ?? '';
    this.url = pseudo.get(':path') ?? '';
    this.socket = socket;
    this.hasOpenBody = hasOpenBody;
    const host = pseudo.get(':authority') ?? '';
    this.rawHeaders = [
      ...(host === '' ? [] : ['Host', host]),
      ...fields,
      ...(cookies.length === 0 ? [] : ['cookie', cookies.join('; ')]),
    ];
    this.fault = fault ?? this.#faultOf(pseudo);
  }

  // On the prototype: the same for all.
  get httpVersion(): string {
    return '2.0';
  }
  get httpVersionMajor(): number {
    return 2;
  }
  get httpVersionMinor(): number {
    return 0;
  }

  #faultOf(pseudo: ReadonlyMap<string, string>): Fault | null {
    if (this.method === 'CONNECT') return 'method-not-supported';
    if (!isToken(this.method) || !/^https?$/i.test(pseudo.get(':scheme') ?? '')) return 'bad-request';
    if (this.url === '') return 'bad-target';
    const expected = valuesOf(this.rawHeaders, 'expect');
    if (expected.some((value) => value.toLowerCase() !== '100-continue')) return 'expectation-failed';
    const lengths = valuesOf(this.rawHeaders, 'content-length');
    return !this.hasOpenBody && lengths.some((length) => !/^0+$/.test(length)) ? 'bad-request' : null;
  }
}

/**
 * Takes a field list apart. The library checks most of this itself and resets such a stream; what it lets through would
 * be written into an HTTP/1 head, where a line end or a second `Host` is an attack.
 */
function sort(raw: readonly string[], maxBytes: number) {
  const pseudo = new Map<string, string>();
  const fields: string[] = [];
  const cookies: string[] = [];
  let fault: Fault | null = null;
  let bytes = 0;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    bytes += name.length + value.length;
    if (name.startsWith(':')) {
      if (!PSEUDO_FIELDS.has(name) || pseudo.has(name) || fields.length > 0) fault = 'bad-request';
      pseudo.set(name, value);
    } else if (!isToken(name) || !isFieldValue(value) || CONNECTION_FIELDS.has(name)) fault = 'bad-request';
    // RFC 9113 section 8.2.3: crumbs are one field again where HTTP/1 begins.
    else if (name === 'cookie') cookies.push(value);
    else if (name === 'host') {
      // The same as `:authority`, or in its place: RFC 9113 section 8.3.1.
      const authority = pseudo.get(':authority');
      if (authority === undefined) pseudo.set(':authority', value);
      else if (authority.toLowerCase() !== value.toLowerCase()) fault ??= 'duplicate-host';
    } else fields.push(name, value);
  }
  if (bytes > maxBytes) fault = 'request-head-too-large';
  return { pseudo, fields, cookies, fault };
}

function valuesOf(raw: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i] === name) values.push(raw[i + 1] as string);
  return values;
}
