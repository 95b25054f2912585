import type { HeaderList } from '../types.ts';

// All of these run several times for each request: plain loops, and no lower-case copy of a name of another length.

/** Node's flat `rawHeaders` (name, value, name, value, …) as a list of pairs. */
export function fromRawHeaders(raw: readonly string[]): HeaderList {
  const list: HeaderList = [];
  for (let i = 0; i + 1 < raw.length; i += 2) list.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return list;
}

/** All values of a field, in order; names compare without case (RFC 9110 section 5.1). */
export function headerValues(list: HeaderList, name: string): string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let i = 0; i < list.length; i++) {
    const field = list[i] as HeaderList[number];
    if (field[0].length === wanted.length && field[0].toLowerCase() === wanted) values.push(field[1]);
  }
  return values;
}

/** The field's value, repeats joined with a comma (RFC 9110 section 5.3), or null. */
export function headerValue(list: HeaderList, name: string): string | null {
  const wanted = name.toLowerCase();
  let value: string | null = null;
  for (let i = 0; i < list.length; i++) {
    const field = list[i] as HeaderList[number];
    if (field[0].length === wanted.length && field[0].toLowerCase() === wanted)
      value = value === null ? field[1] : `${value}, ${field[1]}`;
  }
  return value;
}

/** The comma-separated members of a list field, lower case, empty ones dropped (RFC 9110 section 5.6.1). */
export function headerTokens(list: HeaderList, name: string): string[] {
  const tokens: string[] = [];
  for (const value of headerValues(list, name)) {
    for (const member of value.split(',')) {
      const token = member.trim().toLowerCase();
      if (token !== '') tokens.push(token);
    }
  }
  return tokens;
}
