/**
 * Text from strangers (header values, hop names, error messages) made harmless for a terminal, and the measures of what
 * remains. A server that answers `ESC [ 2 J` must not clear anybody's screen.
 */

/**
 * What changes how a terminal or a page shows its neighbours: C0, DEL and C1 controls (ECMA-48), line separators,
 * marks that turn the writing direction (Unicode UAX #9; the "Trojan Source" characters), invisible characters, tag and
 * variation characters, private use, lone surrogates.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff]|\p{Variation_Selector}|\p{Cs}|\p{Co}|[\u{e0000}-\u{e0fff}]/gu;

const ASCII_FOR: Readonly<Record<string, string>> = {
  '\u00a0': ' ',
  '\u2026': '...',
  '\u2013': '-',
  '\u2014': '-',
  '\u2018': "'",
  '\u2019': "'",
  '\u201c': '"',
  '\u201d': '"',
  '\u00d7': 'x',
  '\u2192': '->',
  '\u2265': '>=',
  '\u2264': '<=',
  '\u00b5': 'u',
  '\u03bc': 'u',
  '\u2212': '-',
  '\u2022': '*',
  '\u00b7': '.',
};

/** Every unsafe character replaced by what `replacer` makes of it. */
export function replaceUnsafe(text: string, replacer: (character: string) => string): string {
  return text.replace(UNSAFE, replacer);
}

/** One line that is safe to show. Line breaks and tabs become a space, other unsafe characters a visible stand-in. */
export function printable(text: string, unicode: boolean): string {
  const safe = text.replace(/[\t\r\n]+/g, ' ').replace(UNSAFE, unicode ? '\u25a1' : '?');
  return unicode ? safe : toAscii(safe);
}

/** The same for a text whose line breaks mean something: one entry a line. */
export function printableLines(text: string, unicode: boolean): string[] {
  return text.split(/\r\n|\r|\n/).map((line) => printable(line.replace(/\t/g, '    '), unicode).trimEnd());
}

/** Accents dropped, common typography spelled out, `?` for the rest. */
function toAscii(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/gu, (char) => ASCII_FOR[char] ?? char.normalize('NFKD').replace(/\p{M}/gu, ''))
    .replace(/[^\x20-\x7e]/gu, '?');
}

/** Columns on a terminal: wide East Asian characters and emoji take two, combining marks none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const char of text) columns += WIDE.test(char) ? 2 : /\p{M}/u.test(char) ? 0 : 1;
  return columns;
}

/** Unicode UAX #11, the blocks that are wide throughout. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3ffff}]/u;

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;
}

/** At most `columns` wide; the end is cut off and marked. */
export function cutEnd(text: string, columns: number, mark = '...'): string {
  return columnsOf(text) <= columns ? text : `${head(text, columns - mark.length)}${mark}`;
}

/** At most `columns` wide; the middle is cut out: both ends of a URL or a host name tell something. */
export function cutMiddle(text: string, columns: number, mark = '...'): string {
  if (columnsOf(text) <= columns) return text;
  const room = Math.max(2, columns - mark.length);
  const tail = [...head([...text].reverse().join(''), Math.floor(room / 2))].reverse().join('');
  return `${head(text, room - columnsOf(tail))}${mark}${tail}`;
}

function head(text: string, columns: number): string {
  let taken = '';
  let width = 0;
  for (const char of text) {
    width += columnsOf(char);
    if (width > columns) break;
    taken += char;
  }
  return taken;
}

/**
 * Broken at spaces into lines of at most `columns`. A word that is longer stays whole where it must be copied (a URL),
 * unless `breakWords` says that it may be broken.
 */
export function wrap(text: string, columns: number, breakWords = false): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/).flatMap((one) => (breakWords ? pieces(one, columns) : [one]))) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

function pieces(word: string, columns: number): string[] {
  const found: string[] = [];
  for (let rest = word; ; ) {
    const piece = head(rest, Math.max(2, columns));
    found.push(piece);
    if (piece === rest || piece === '') return found;
    rest = rest.slice(piece.length);
  }
}
