import { isFieldValue, isToken } from '../../http/field-syntax.ts';
import type { HeaderList } from '../../types.ts';

/** What is wrong with a head that could be read all the same: a code of its own and a sentence. */
export type HeadFault = [code: string, detail: string];

/** The lines of a head or of a trailer section, as fields: what is malformed is read as well as it can be, and told. */
export interface FieldLines {
  headers: HeaderList;
  faults: HeadFault[];
}

/** A status line taken apart. */
export interface StatusLine {
  httpVersion: string;
  status: number;
  reason: string;
}

/** RFC 9112 section 4, without the blank that stands behind the status where there is no reason. */
export function parseStatusLine(line: string): StatusLine | null {
  const match = /^HTTP\/(\d\.\d) (\d{3})(?: (.*))?$/.exec(line);
  const status = Number(match?.[2]);
  if (match === null || status < 100) return null;
  return { httpVersion: match[1] ?? '', status, reason: match[3] ?? '' };
}

/**
 * Reads field lines (RFC 9112 section 5) as the wire has them: order, case and repeats kept. Faults are named once.
 *
 * @param lines without their line ends, in Latin-1
 */
export function parseFieldLines(lines: string[]): FieldLines {
  const headers: HeaderList = [];
  const faults = new Map<string, string>();
  for (const line of lines) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) {
      faults.set('obs-fold', 'a field of the response head is folded over several lines');
      last[1] = `${last[1]} ${line.trim()}`.trim();
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) {
      faults.set('field-line', 'a line of the response head is not a field');
      continue;
    }
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (!isToken(name)) faults.set('field-name', 'a field name holds a character that none may hold');
    if (!isFieldValue(value)) faults.set('field-value', 'a field value holds a control character');
    headers.push([name.trim(), value]);
  }
  return { headers, faults: [...faults] };
}

/** Splits at LF, whether or not a CR stands before it. */
export function splitLines(text: string): string[] {
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** Index after the empty line that ends a head, or -1. Lines may end with LF alone. */
export function endOfHead(bytes: Buffer, from: number): number {
  for (let lf = bytes.indexOf(10, from); lf >= 0; lf = bytes.indexOf(10, lf + 1)) {
    if (bytes[lf + 1] === 10) return lf + 2;
    if (bytes[lf + 1] === 13 && bytes[lf + 2] === 10) return lf + 3;
  }
  return -1;
}
