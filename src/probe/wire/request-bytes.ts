import { isToken } from '../../http/field-syntax.ts';
import { headerTokens, headerValue } from '../../http/header-list.ts';
import type { HeaderList } from '../../types.ts';
import { type WireRequest, wireError } from './answer-sink.ts';

/** Methods whose body servers expect, so that its absence is told (RFC 9110 section 8.6). */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** How an HTTP/1 request is written. */
export interface RequestForm {
  httpVersion: '1.0' | '1.1';
  /** To a forwarding proxy: the whole URL stands in the request line (RFC 9112 section 3.2.2). */
  absolute: boolean;
  /** `Proxy-Authorization` for such a proxy. */
  proxyAuthorization: string | null;
}

/**
 * The bytes of a request.
 *
 * @throws an error with code `ERR_INVALID_CHAR` or `ERR_INVALID_HTTP_TOKEN`, as node:http has them
 */
export function requestBytes(request: WireRequest, form: RequestForm): Buffer {
  const { method, url, body } = request;
  const fields = withHost(request);
  if (request.last === true && form.httpVersion === '1.1' && headerValue(fields, 'connection') === null)
    fields.push(['Connection', 'close']);
  if (form.proxyAuthorization !== null) fields.push(['Proxy-Authorization', form.proxyAuthorization]);
  const chunked =
    form.httpVersion === '1.1' && headerTokens(fields, 'transfer-encoding').at(-1) === 'chunked';
  const counted = headerValue(fields, 'content-length') !== null || chunked;
  if (!counted && (body !== null || WITH_BODY.has(method)))
    fields.push(['Content-Length', String(body?.length ?? 0)]);
  checkFields(method, fields);
  const target = form.absolute ? `${url.protocol}//${url.host}${pathOf(url)}` : pathOf(url);
  const lines = [
    `${method} ${target} HTTP/${form.httpVersion}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8');
  if (body === null) return chunked ? Buffer.concat([head, Buffer.from('0\r\n\r\n')]) : head;
  if (!chunked) return Buffer.concat([head, body]);
  const size = body.length === 0 ? '' : `${body.length.toString(16)}\r\n`;
  const end = body.length === 0 ? '0\r\n\r\n' : '\r\n0\r\n\r\n';
  return Buffer.concat([head, Buffer.from(size), body, Buffer.from(end)]);
}

/** Path and query as they are sent. */
export function pathOf(url: URL): string {
  return `${url.pathname}${url.search}`;
}

function withHost({ url, fields }: WireRequest): HeaderList {
  const own = headerValue(fields, 'host');
  const others = fields.filter(([name]) => name.toLowerCase() !== 'host');
  return [['Host', own ?? url.host], ...others];
}

/** Refuses what would end a line or a name: nobody gets to put a second request into the first one. */
export function checkFields(method: string, fields: HeaderList): void {
  if (!isToken(method)) throw wireError('ERR_INVALID_HTTP_TOKEN', `"${method}" is not a request method`);
  for (const [name, value] of fields) {
    if (!isToken(name)) throw wireError('ERR_INVALID_HTTP_TOKEN', `"${name}" is not a header name`);
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value))
      throw wireError('ERR_INVALID_CHAR', `the value of the header ${name} holds a control character`);
  }
}
