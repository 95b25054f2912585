import { CURL_FLAGS, CURL_SHORT, type CurlFlag } from './curl-flags.ts';
import { OWN_FLAGS, type RequestArguments } from './probe-flags.ts';
import type { DataPart } from './request-flags.ts';
import { UsageError } from './usage-error.ts';

/** A curl command line, understood. */
export interface CurlLine {
  request: RequestArguments;
  parts: DataPart[];
  url: string;
  /** The probe's own flags in the line, as they were typed. */
  own: string[];
  /** One sentence each about what was left out. */
  notes: string[];
}

interface Reading extends CurlLine {
  /** Words still to read. */
  words: string[];
  urls: string[];
  ignored: string[];
}

/**
 * Reads the words behind `curl` as curl does: short flags may stand together (`-sSN`) and next to their value (`-XPOST`).
 * Flags that only the probe has may stand among them; behind `--`, all are the probe's.
 *
 * @throws UsageError naming the flag that cannot be taken over
 */
export function parseCurlLine(words: readonly string[]): CurlLine {
  const [first, ...rest] = words;
  const reading: Reading = {
    request: {},
    parts: [],
    url: '',
    own: [],
    notes: [],
    // `unclog curl curl …` comes of pasting the whole line behind `unclog curl`.
    words: first === 'curl' || first === 'curl.exe' ? rest : [...words],
    urls: [],
    ignored: [],
  };
  for (let word = reading.words.shift(); word !== undefined; word = reading.words.shift()) {
    if (word === '--') reading.own.push(...reading.words.splice(0));
    else if (word.startsWith('--')) readLong(reading, word);
    else if (word.length > 1 && word.startsWith('-')) readShorts(reading, word);
    else reading.urls.push(word);
  }
  if (reading.ignored.length > 0)
    reading.notes.push(`not needed here: ${[...new Set(reading.ignored)].join(', ')}`);
  return { ...reading, url: onlyUrl(reading), request: tidied(reading) };
}

function readLong(reading: Reading, word: string): void {
  const [name = '', inline] = splitOnce(word.slice(2));
  const flag = CURL_FLAGS[name];
  if (flag !== undefined) {
    apply(reading, word, flag, () => inline ?? nextWord(reading, `--${name}`));
    return;
  }
  const own = OWN_FLAGS[name];
  const negated = name.startsWith('no-') ? OWN_FLAGS[name.slice(3)] : undefined;
  if (own === undefined && negated === undefined) throw unknownFlag(`--${name}`);
  reading.own.push(word);
  if (own?.type === 'string' && inline === undefined) reading.own.push(nextWord(reading, `--${name}`));
}

/** curl itself knows no `--flag=value`; the probe's flags do. */
function splitOnce(text: string): [string, string?] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)];
}

function readShorts(reading: Reading, word: string): void {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at] ?? '';
    const name = CURL_SHORT[letter];
    const flag = name === undefined ? undefined : CURL_FLAGS[name];
    if (flag === undefined) throw unknownFlag(`-${letter}`);
    const attached = word.slice(at + 1);
    let tookRest = false;
    apply(reading, `-${letter}`, flag, () => {
      tookRest = true;
      return attached === '' ? nextWord(reading, `-${letter}`) : attached;
    });
    if (tookRest) return;
  }
}

function apply(reading: Reading, shown: string, flag: CurlFlag, value: () => string): void {
  const { request } = reading;
  if ('refuse' in flag) throw new UsageError(`${shown}: this cannot be measured: ${flag.refuse}`);
  if ('ignore' in flag) {
    if (flag.value === true) value();
    reading.ignored.push(shown);
  } else if ('url' in flag) reading.urls.push(value());
  else if ('data' in flag) reading.parts.push({ flag: flag.data, text: value() });
  else if (flag.kind === 'switch') Object.assign(request, { [flag.take]: true });
  else if (flag.kind === 'text') Object.assign(request, { [flag.take]: value() });
  else Object.assign(request, { [flag.take]: [...((request[flag.take] as string[]) ?? []), value()] });
}

function nextWord(reading: Reading, flag: string): string {
  const word = reading.words.shift();
  if (word === undefined) throw new UsageError(`${flag}: its value is missing at the end of the line`);
  return word;
}

function unknownFlag(flag: string): UsageError {
  return new UsageError(
    `${flag} is not a flag of curl that is understood here; leave it out, or see docs/curl.md for those that are`,
  );
}

function onlyUrl({ urls, notes }: Reading): string {
  const [url, second] = urls;
  if (url === undefined)
    throw new UsageError(
      'no URL given, expected a curl line such as unclog curl -N https://example.com/stream',
    );
  if (second !== undefined) {
    throw new UsageError(
      `"${second}" is a second URL, expected one; in cmd and PowerShell this comes of quotes that they read differently`,
    );
  }
  if (url.includes('://')) return url;
  notes.push(`no scheme given, http:// taken as curl does`);
  return `http://${url}`;
}

/** Codings that this Node cannot undo would leave a stream that nobody can read. */
const READABLE = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'identity', '*']);

function tidied({ request, notes }: Reading): RequestArguments {
  const { header } = request;
  if (header === undefined) return request;
  const kept = header.flatMap((text) => {
    // Pseudo-fields of HTTP/2, as some browsers paste them.
    if (/^:?(?:authority|method|path|scheme):/i.test(text)) return [];
    const codings = /^accept-encoding:\s*(.*)$/i.exec(text)?.[1];
    if (codings === undefined) return [text];
    const list = codings.split(',').map((one) => one.trim());
    const readable = list.filter((one) => READABLE.has(one.split(';', 1)[0] ?? ''));
    if (readable.length === list.length) return [text];
    notes.push(
      `Accept-Encoding without ${list.filter((one) => !readable.includes(one)).join(', ')}: it cannot be undone here`,
    );
    return [`Accept-Encoding: ${readable.join(', ') || 'identity'}`];
  });
  return { ...request, header: kept };
}
