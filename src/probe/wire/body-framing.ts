import { headerTokens, headerValues } from '../../http/header-list.ts';
import type { Framing, HeaderList } from '../../types.ts';
import type { HeadFault } from './head-lines.ts';

/** How long a body is. */
export interface BodyFraming {
  framing: Framing;
  /** With framing `content-length`. */
  lengthBytes: number;
  faults: HeadFault[];
}

/** How the end of an HTTP/1 answer's body is marked (RFC 9112 section 6.3). */
export function bodyFraming(
  method: string,
  status: number,
  httpVersion: string,
  headers: HeaderList,
): BodyFraming {
  const faults: HeadFault[] = [];
  const of = (framing: Framing, lengthBytes = 0): BodyFraming => ({ framing, lengthBytes, faults });
  if (method === 'HEAD' || status === 204 || status === 304) return of('none');
  const codings = headerTokens(headers, 'transfer-encoding');
  const length = contentLength(headers);
  if (codings.length > 0) {
    if (length !== null)
      faults.push(['length-beside-coding', 'Content-Length stands beside Transfer-Encoding']);
    if (httpVersion === '1.0')
      faults.push(['coding-in-1.0', 'Transfer-Encoding in an HTTP/1.0 answer, which has none']);
    if (codings.at(-1) === 'chunked') return of('chunked');
    faults.push(['unknown-coding', `the last transfer coding is ${codings.at(-1)}, not chunked`]);
    return of('close');
  }
  if (length === null) return of('close');
  if (Number.isNaN(length)) {
    faults.push(['content-length', 'Content-Length is not one number: the body was read up to the close']);
    return of('close');
  }
  return of('content-length', length);
}

/** Null without the field, NaN where it does not say one number. Equal repeats count as one (RFC 9110 section 8.6). */
export function contentLength(headers: HeaderList): number | null {
  const values = headerValues(headers, 'content-length').flatMap((value) => value.split(','));
  const [first, ...others] = values.map((value) => value.trim());
  if (first === undefined) return null;
  const length = Number(first);
  const one = /^\d+$/.test(first) && Number.isSafeInteger(length) && others.every((value) => value === first);
  return one ? length : Number.NaN;
}
