import { parseFieldLine } from './field-syntax.ts';

/** RFC 9110 section 6.5.1: framing, routing, request modifiers, authentication, response control, content processing. */
const NEVER_TRAILERS: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'content-length',
  'host',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'content-encoding',
  'content-type',
  'content-range',
  'cache-control',
  'expect',
  'max-forwards',
  'pragma',
  'range',
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'www-authenticate',
  'set-cookie',
  'cookie',
  'age',
  'date',
  'expires',
  'location',
  'retry-after',
  'vary',
  'warning',
]);

/**
 * A trailer's line as on the wire, cut into name and value, or null when it is malformed or names a field that means
 * something only before the body.
 */
export function parseTrailerLine(line: string): [name: string, value: string] | null {
  const field = parseFieldLine(line);
  return field === null || NEVER_TRAILERS.has(field[0].toLowerCase()) ? null : field;
}
