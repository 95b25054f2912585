import { createHmac, randomBytes } from 'node:crypto';
import type { Observation, StreamFormat } from '../types.ts';
import { decodePieces } from './decode.ts';
import { maskFields } from './mask-fields.ts';
import { maskJsonText, maskPlainText } from './mask-text.ts';
import { buildTimeline } from './timeline.ts';

/**
 * Replaces payload by as many other characters. Equal payloads get equal replacements and different ones different
 * replacements (as far as so few characters allow), so that the same comparisons come out; a random key, never
 * written, keeps short payloads from being guessed.
 */
export type PayloadMasker = (bytes: Buffer) => Buffer;

/** A masker with a key of its own: what it masked can be compared only with what it masked itself. */
export function createPayloadMasker(key: Buffer = randomBytes(32)): PayloadMasker {
  const attemptFor = new Map<string, number>();
  const originalOf = new Map<string, string>();
  const replace = (value: string): string => {
    const content = withoutStamp(value);
    const known = attemptFor.get(content);
    // One or two characters run out of replacements: a few tries, then a repeat is taken.
    for (let attempt = known ?? 0; ; attempt += 1) {
      const masked = maskValue(value, padOf(key, `${attempt}\0${content}`));
      const owner = originalOf.get(withoutStamp(masked));
      if (known === undefined && owner !== undefined && owner !== content && attempt < MOST_ATTEMPTS)
        continue;
      originalOf.set(withoutStamp(masked), content);
      attemptFor.set(content, attempt);
      return masked;
    }
  };
  return (bytes) => Buffer.from(replace(bytes.toString('latin1')), 'latin1');
}

const MOST_ATTEMPTS = 8;

/** Two events that differ in their stamp only are one event: their replacements may differ in the stamp only. */
function withoutStamp(value: string): string {
  return value.replace(/"sentAt":\s*\d+(?:\.\d+)?/, '"sentAt":');
}

function maskValue(value: string, pad: (index: number) => number): string {
  return /^\s*[{["]/.test(value) ? maskJsonText(value, pad) : maskPlainText(value, pad);
}

/** Numbers below 256 that depend on the key and the value alone. */
function padOf(key: Buffer, seed: string): (index: number) => number {
  const blocks: Buffer[] = [];
  return (index) => {
    const block = Math.floor(index / 32);
    blocks[block] ??= createHmac('sha256', key).update(`${block}\0${seed}`, 'latin1').digest();
    return blocks[block]?.[index % 32] ?? 0;
  };
}

/**
 * The recording without its payload: sizes, times, line structure, event names, ids and stamps stay, so that judging
 * it gives the same report. Query values, credentials and cookies are masked, too.
 */
export function maskObservation(observation: Observation, mask: PayloadMasker): Observation {
  const { masked } = observation;
  const safe = maskFields(observation);
  if (masked !== undefined) return safe;
  const { format, contentCoding } = buildTimeline(observation);
  const raw = observation.chunks.map((chunk) => Buffer.from(chunk.base64, 'base64'));
  const { pieces, ok } = decodePieces(raw, contentCoding);
  const texts = maskPieces(pieces, format, observation, mask);
  return {
    ...safe,
    masked: { decoded: ok },
    chunks: observation.chunks.map((chunk, i) => ({
      ...chunk,
      base64: (texts[i] ?? Buffer.alloc(0)).toString('base64'),
      ...(contentCoding === null ? {} : { encodedBytes: raw[i]?.length ?? 0 }),
    })),
  };
}

function maskPieces(
  pieces: Buffer[],
  format: StreamFormat,
  observation: Observation,
  mask: PayloadMasker,
): Buffer[] {
  // Text events are the pieces themselves; everything else has a structure that crosses them.
  if (format === 'text') return pieces.map(mask);
  const body = Buffer.concat(pieces);
  const whole =
    format === 'event-stream'
      ? maskLines(body, (line) => maskStreamLine(line, mask))
      : format === 'ndjson'
        ? maskLines(body, mask)
        : maskOtherAnswer(body, observation.response?.status ?? 0, mask);
  let at = 0;
  return pieces.map((piece) => {
    at += piece.length;
    return whole.subarray(at - piece.length, at);
  });
}

/** Masks what stands between line ends (CR, LF or both: WHATWG HTML 9.2.6); as many bytes come out. */
function maskLines(body: Buffer, mask: PayloadMasker): Buffer {
  const out = Buffer.from(body);
  let from = 0;
  for (let at = 0; at <= body.length; at += 1) {
    const byte = body[at];
    if (byte !== 10 && byte !== 13 && at < body.length) continue;
    if (at > from) mask(body.subarray(from, at)).copy(out, from);
    from = at + 1;
  }
  return out;
}

/** Fields that carry no content: event boundaries, ids and names are what a recording is judged by. */
const STRUCTURE = /^(?:id|event|retry)(?::|$)/;
/** `: unclog <n> <epoch ms>`: the stamp of a gateway. */
const COMMENT_STAMP = /^: ?unclog \d+ \d{13}$/;
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

function maskStreamLine(line: Buffer, mask: PayloadMasker): Buffer {
  const text = line.toString('latin1');
  const start = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const content = text.slice(start);
  if (STRUCTURE.test(content) || COMMENT_STAMP.test(content)) return line;
  const value = start + (/^(?:data)?: ?/.exec(content)?.[0].length ?? 0);
  return Buffer.concat([line.subarray(0, value), mask(line.subarray(value))]);
}

/** What tells a web page, and the error pages of intermediaries, from other answers. */
const PAGE_MARKS =
  /<!doctype html|<\/?(?:html|head|body|address|center|title|h1|hr|p)>|\b(?:nginx|openresty|Apache|HAProxy|Varnish|Caddy|lighttpd|envoy|cloudflare|CloudFront)(?:\/[\d.]+)?|\b50[0-9] [A-Z][\w -]{1,30}(?=<)|The server (?:didn't respond|returned an invalid)|No server is available|"jsonrpc"\s*:\s*"2\.0"|Mcp-Session-Id|must accept (?:both )?(?:application\/json|text\/event-stream)/gi;

function maskOtherAnswer(body: Buffer, status: number, mask: PayloadMasker): Buffer {
  const text = body.toString('latin1');
  const out = Buffer.from(maskLines(body, mask));
  // A page of one's own site may be private; that it is a page is seen from its first tag.
  const shown = status >= 400 ? [...text.matchAll(PAGE_MARKS)] : [];
  const first = /^\s*<(?:!doctype|html)/i.exec(text);
  for (const { 0: match, index } of first === null ? shown : [first, ...shown])
    out.write(match, index, 'latin1');
  return out;
}

/** Gives a recording whose payload is masked, or not, replacements that depend on nothing but lengths. */
export function maskAlike(observation: Observation): Observation {
  const { masked: _, ...unmasked } = observation;
  const flat: PayloadMasker = (bytes) => {
    const value = bytes.toString('latin1');
    return Buffer.from(
      maskValue(value, () => 0),
      'latin1',
    );
  };
  if (observation.masked === undefined) return maskObservation(observation, flat);
  const { format } = buildTimeline(observation);
  const pieces = observation.chunks.map((chunk) => Buffer.from(chunk.base64, 'base64'));
  const texts = maskPieces(pieces, format, unmasked, flat);
  const chunks = observation.chunks.map((chunk, i) => ({
    ...chunk,
    base64: texts[i]?.toString('base64') ?? '',
  }));
  return { ...observation, chunks };
}
