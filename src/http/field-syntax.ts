/** RFC 9110 section 5.6.2: `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110 section 5.5: visible characters, space, tab and obs-text; no other control, so no CR, LF or NUL. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Is it a method or a field name? */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Is it safe as a field value, or as the reason phrase of a status line? */
export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text);
}

/** A field line as on the wire, cut into name and value, or null when RFC 9112 section 5 does not allow it. */
export function parseFieldLine(line: string): [name: string, value: string] | null {
  const colon = line.indexOf(':');
  if (colon <= 0) return null;
  const name = line.slice(0, colon);
  // Not with a regular expression: `[ \t]+$` takes the square of the blanks that stand inside of a value.
  let from = colon + 1;
  let to = line.length;
  while (from < to && isBlank(line.charCodeAt(from))) from++;
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--;
  const value = line.slice(from, to);
  // White space before the colon and line folding both fail here: neither is a token character.
  return isToken(name) && isFieldValue(value) ? [name, value] : null;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
