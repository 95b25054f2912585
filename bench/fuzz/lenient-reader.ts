/**
 * How a careless server reads requests. Each property is a mistake that real servers have made; all of them off is
 * a server that follows RFC 9112.
 */
export interface Dialect {
  /** What ends a line: CRLF; also LF alone; also CR alone. */
  lineEnds: 'crlf' | 'lf' | 'cr';
  /** Which framing wins where both are given; `none`: bodies are not expected at all (CL.0). */
  framing: 'chunked' | 'length' | 'none';
  /** Which of several lengths counts. */
  length: 'first' | 'last';
  /** What counts as chunked: the word alone, or any value that contains it, blanks and controls ignored. */
  codings: 'exact' | 'loose';
  /** What becomes of a line that begins with white space. */
  folding: 'refuse' | 'join' | 'own-field';
  /** Field names lose white space and controls, `_` is `-`, as in CGI variables, and trailers count as fields. */
  looseNames: boolean;
  /** Chunk sizes are taken as `parseInt` and 32-bit arithmetic take them. */
  looseSizes: boolean;
}

export const STRICT: Dialect = {
  lineEnds: 'crlf',
  framing: 'chunked',
  length: 'first',
  codings: 'exact',
  folding: 'refuse',
  looseNames: false,
  looseSizes: false,
};

/** A request as such a server understood it. */
export interface SeenRequest {
  line: string;
  method: string;
  target: string;
  /** Names in lower case. */
  fields: [name: string, value: string][];
  body: string;
}

/** A request found in the bytes, or as much as is there of it. */
export interface Reading {
  request: SeenRequest;
  /** The body's end has been found. */
  isWhole: boolean;
  /** Index after it. */
  next: number;
}

/** Reads the request that begins at `from`; null while its head is not whole or when it is refused. */
export function readRequest(text: string, from: number, dialect: Dialect): Reading | null {
  let at = from;
  while (text[at] === '\r' || text[at] === '\n') at++;
  const first = readLine(text, at, dialect);
  if (first === null || first.line === '') return null;
  at = first.next;
  const [method = '', target = '', version = ''] = first.line.split(/[ \t]+/);
  const request: SeenRequest = { line: first.line, method, target, fields: [], body: '' };
  if (!/^[A-Za-z-]+$/.test(method) || target === '') return null;
  // HTTP/0.9: a line, and that is all of it.
  if (version === '') return { request, isWhole: true, next: at };
  for (;;) {
    const found = readLine(text, at, dialect);
    if (found === null) return null;
    at = found.next;
    if (found.line === '') return readBody(text, at, request, dialect);
    if (!addField(request.fields, found.line, dialect)) return null;
  }
}

function readLine(text: string, from: number, { lineEnds }: Dialect): { line: string; next: number } | null {
  const end = lineEnds === 'crlf' ? /\r\n/g : lineEnds === 'lf' ? /\r?\n/g : /\r\n|\r(?=[^\n])|\n/g;
  end.lastIndex = from;
  const found = end.exec(text);
  return found && { line: text.slice(from, found.index), next: end.lastIndex };
}

function addField(fields: SeenRequest['fields'], line: string, dialect: Dialect): boolean {
  const last = fields.at(-1);
  if (/^[ \t]/.test(line)) {
    if (dialect.folding === 'refuse') return false;
    if (dialect.folding === 'join' && last !== undefined) {
      last[1] += ` ${line.trim()}`;
      return true;
    }
  }
  const colon = line.indexOf(':');
  if (colon < 1) return dialect.looseNames;
  let name = line.slice(0, colon).toLowerCase();
  if (dialect.looseNames) name = name.replace(/[\0-\x20]+/g, '').replaceAll('_', '-');
  else if (/[^!#-'*+.^-z|~\d-]/.test(name)) return false;
  fields.push([name, line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]);
  return true;
}

function readBody(text: string, from: number, request: SeenRequest, dialect: Dialect): Reading {
  const values = (name: string) =>
    request.fields.filter(([field]) => field === name).map(([, value]) => value);
  const lengths = values('content-length');
  const length = Number.parseInt(lengths.at(dialect.length === 'first' ? 0 : -1) ?? '0', 10) || 0;
  const isChunked =
    dialect.codings === 'exact'
      ? values('transfer-encoding').at(-1)?.toLowerCase() === 'chunked'
      : values('transfer-encoding').some((value) => value.toLowerCase().includes('chunked'));
  if (dialect.framing === 'none') return { request, isWhole: true, next: from };
  if (isChunked && (dialect.framing === 'chunked' || lengths.length === 0))
    return readChunks(text, from, request, dialect);
  const next = Math.min(text.length, from + length);
  request.body = text.slice(from, next);
  return { request, isWhole: request.body.length === length, next };
}

function readChunks(text: string, from: number, request: SeenRequest, dialect: Dialect): Reading {
  let at = from;
  for (;;) {
    const found = readLine(text, at, dialect);
    const size = found && sizeOf(found.line, dialect);
    if (found === null || size === null) return { request, isWhole: false, next: at };
    at = found.next;
    if (size === 0) break;
    request.body += text.slice(at, at + size);
    if (text.length < at + size) return { request, isWhole: false, next: text.length };
    at += size;
    if (text.startsWith('\r\n', at)) at += 2;
    else if (dialect.lineEnds !== 'crlf' && text[at] === '\n') at++;
    else if (!dialect.looseSizes) return { request, isWhole: false, next: at };
    else at += 2; // Takes any two bytes for the line end.
  }
  for (;;) {
    const found = readLine(text, at, dialect);
    if (found === null) return { request, isWhole: false, next: at };
    at = found.next;
    if (found.line === '') return { request, isWhole: true, next: at };
    if (dialect.looseNames) addField(request.fields, found.line, dialect);
  }
}

function sizeOf(line: string, { looseSizes }: Dialect): number | null {
  const text = line.replace(/;.*$/s, '');
  if (!looseSizes) return /^0*[0-9a-f]{1,16}[ \t]*$/i.test(text) ? Number.parseInt(text, 16) : null;
  const size = Number.parseInt(text.trim().replace('_', ''), 16);
  return Number.isNaN(size) ? 0 : Math.abs(size % 2 ** 32);
}
