import { isFieldValue, parseFieldLine } from '../http/field-syntax.ts';
import { headerValues } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { GatewayError } from './errors.ts';
import { LIMITS } from './limits.ts';

/** A response head as the upstream sent it, checked. */
export interface UpstreamHead {
  status: number;
  reason: string;
  /** HTTP/1.x: the x. */
  minor: 0 | 1;
  headers: HeaderList;
}

/** How the body of an answer is delimited (RFC 9112 section 6.3). */
export type BodyFraming =
  | { kind: 'none' }
  | { kind: 'chunked' }
  | { kind: 'length'; bytes: number }
  | { kind: 'close' };

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/;

/**
 * Collects the bytes of response heads, one head at a time. Nothing in it is forgiving: what another parser
 * could read in another way (bare LF, folded lines, control characters, spaces before a colon) is refused.
 */
export class UpstreamHeadReader {
  #text = '';
  #bytes = 0;

  /**
   * Takes bytes from `buffer[from, to)`. Returns the head and the index after it, or null when more is needed.
   * @throws GatewayError when the bytes are no response head or too many.
   */
  read(buffer: Buffer, from: number, to: number): { head: UpstreamHead; next: number } | null {
    const had = this.#text.length;
    this.#text += buffer.toString('latin1', from, to);
    const end = this.#text.indexOf('\r\n\r\n', Math.max(0, had - 3));
    const length = end === -1 ? this.#text.length : end + 4;
    if (this.#bytes + length > LIMITS.responseHeadBytes) throw new GatewayError('response-head-too-large');
    if (!this.#text.startsWith('HTTP/1.'.slice(0, this.#text.length))) {
      throw new GatewayError('response-malformed', 'the upstream does not speak HTTP/1');
    }
    if (end === -1) {
      // Told at once, not when the time is up: a bare line feed never becomes the end of a head.
      if (/(?:^|[^\r])\n/.test(this.#text)) throw new GatewayError('response-malformed', 'bare line feed');
      return null;
    }
    const head = parseUpstreamHead(this.#text.slice(0, end));
    this.#bytes += length;
    this.#text = '';
    return { head, next: from + length - had };
  }

  /** Has anything of a head come? */
  get isEmpty(): boolean {
    return this.#text === '' && this.#bytes === 0;
  }
}

/** @throws GatewayError when the text (without the empty line that ends it) is not a response head. */
export function parseUpstreamHead(text: string): UpstreamHead {
  const lines = text.split('\r\n');
  const statusLine = STATUS_LINE.exec(lines[0] ?? '');
  const reason = statusLine?.[3] ?? '';
  if (statusLine === null || (reason !== '' && !isFieldValue(reason))) {
    throw new GatewayError('response-malformed', 'malformed status line');
  }
  if (lines.length - 1 > LIMITS.responseHeadLines) throw new GatewayError('response-head-too-large');
  const headers: HeaderList = [];
  for (let i = 1; i < lines.length; i++) {
    const field = parseFieldLine(lines[i] as string);
    if (field === null) throw new GatewayError('response-malformed', `malformed header line ${i}`);
    headers.push(field);
  }
  return { status: Number(statusLine[2]), reason, minor: statusLine[1] === '0' ? 0 : 1, headers };
}

/**
 * How the body of this answer ends.
 * @throws GatewayError on framing that another reader could understand in another way: both or several
 * lengths, a transfer coding other than chunked, a transfer coding in HTTP/1.0.
 */
export function framingOf(head: UpstreamHead, method: string): BodyFraming {
  const codings = headerValues(head.headers, 'transfer-encoding');
  const lengths = headerValues(head.headers, 'content-length');
  if (codings.length > 0) {
    if (lengths.length > 0)
      throw new GatewayError('response-coding', 'Content-Length beside Transfer-Encoding');
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') {
      throw new GatewayError('response-coding', `Transfer-Encoding: ${codings.join(', ')}`);
    }
    if (head.minor === 0) throw new GatewayError('response-coding', 'Transfer-Encoding in HTTP/1.0');
  }
  const [length] = lengths;
  if (lengths.some((other) => other !== length))
    throw new GatewayError('response-coding', 'Content-Length fields that differ');
  if (length !== undefined && (!/^\d{1,16}$/.test(length) || !Number.isSafeInteger(Number(length)))) {
    throw new GatewayError('response-coding', 'Content-Length that is not a number');
  }
  if (method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) {
    return { kind: 'none' };
  }
  if (codings.length > 0) return { kind: 'chunked' };
  return length === undefined ? { kind: 'close' } : { kind: 'length', bytes: Number(length) };
}
