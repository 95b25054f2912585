/** Replacements: no quote, backslash, bracket, brace, colon or comma, so that no structure comes about by accident. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const DIGITS = '123456789';

/** Gives the n-th replacement of one value. */
type Pad = (index: number) => number;

/** End markers that are no JSON. */
const MARKERS = new Set(['[DONE]']);

/** Member names of the protocols whose streams are recognised: chat completions, responses, messages, MCP, NDJSON answers. */
const PROTOCOL_NAMES = new Set([
  ...[
    'type',
    'object',
    'choices',
    'delta',
    'finish_reason',
    'error',
    'jsonrpc',
    'result',
    'method',
    'params',
  ],
  ...['done', 'done_reason', 'response', 'message', 'model', 'content', 'text', 'index', 'id', 'role'],
]);
/** Members whose values say what an event is, never what it holds. */
const TELLING_NAMES = new Set([
  'type',
  'object',
  'finish_reason',
  'jsonrpc',
  'method',
  'done_reason',
  'role',
]);
/** Members whose numbers are evidence: a stamp, and the number it stands beside. */
const STAMP_NAMES = new Set(['seq', 'sentAt']);
/** A value of a telling member that is a word of a protocol, not a sentence. */
const PROTOCOL_WORD = /^[a-z0-9_./-]{1,40}$/;

/** As many characters, each replaced. */
export function maskPlainText(value: string, pad: Pad): string {
  if (MARKERS.has(value.trim())) return value;
  return replaceAll(value, LETTERS, pad, 0);
}

const TOKEN = /"((?:[^"\\]|\\[\s\S])*)("?)|(\d[\d.eE+-]*)|true|false|null|[{}[\]:,\s-]+|[\s\S]/g;

/**
 * JSON with every name, text and number replaced by another of the same length, but for words of known protocols and
 * for stamps. Also takes what is broken or cut off: it never throws.
 */
export function maskJsonText(value: string, pad: Pad): string {
  if (MARKERS.has(value.trim())) return value;
  let out = '';
  let name = '';
  for (const match of value.matchAll(TOKEN)) {
    const [all, text, quote, number] = match;
    if (number !== undefined) {
      out += STAMP_NAMES.has(name)
        ? all
        : all.replace(/\d/g, (_, i: number) => pick(DIGITS, pad(match.index + i)));
    } else if (text === undefined) {
      out += /^(?:[{}[\]:,\s-]+|true|false|null)$/.test(all) ? all : pick(LETTERS, pad(match.index));
    } else {
      const isName = /^\s*:/.test(value.slice(match.index + all.length, match.index + all.length + 8));
      const kept = isName
        ? PROTOCOL_NAMES.has(text) || STAMP_NAMES.has(text)
        : TELLING_NAMES.has(name) && PROTOCOL_WORD.test(text);
      out += kept ? all : `"${replaceAll(text, LETTERS, pad, match.index)}${quote}`;
      if (isName) name = text;
    }
  }
  return out;
}

function replaceAll(text: string, alphabet: string, pad: Pad, from: number): string {
  let out = '';
  for (let i = 0; i < text.length; i += 1) out += pick(alphabet, pad(from + i));
  return out;
}

function pick(alphabet: string, number: number): string {
  return alphabet[number % alphabet.length] ?? 'x';
}
