/** Something that is not what it should be; the message names the place. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** Reads one value out of JSON that anybody may have made: checked, bounded, and never more than what was asked for. */
export type Reader<T> = (value: unknown, place: string) => T;

function refuse(place: string, expected: string): never {
  throw new ShapeError(`${place}: expected ${expected}`);
}

export function number(min: number, max: number): Reader<number> {
  return (value, place) => {
    const fits = typeof value === 'number' && value >= min && value <= max;
    return fits ? value : refuse(place, `a number from ${min} to ${max}`);
  };
}

export function whole(min: number, max: number): Reader<number> {
  return (value, place) => {
    const read = number(min, max)(value, place);
    return Number.isInteger(read) ? read : refuse(place, 'a whole number');
  };
}

export function text(maxLength: number): Reader<string> {
  return (value, place) => {
    const fits = typeof value === 'string' && value.length <= maxLength;
    return fits ? value : refuse(place, `a text of at most ${maxLength} characters`);
  };
}

/** A short text of a given form. */
export function matching(form: RegExp, expected: string): Reader<string> {
  return (value, place) => {
    const fits = typeof value === 'string' && form.test(value);
    return fits ? value : refuse(place, expected);
  };
}

export function choice<const T extends readonly (string | number)[]>(choices: T): Reader<T[number]> {
  return (value, place) => choices.find((one) => one === value) ?? refuse(place, choices.join(' or '));
}

export function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (value, place) => (value === null ? null : read(value, place));
}

export function list<T>(read: Reader<T>, maxLength: number): Reader<T[]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length > maxLength) refuse(place, `a list of at most ${maxLength}`);
    return (value as unknown[]).map((one, i) => read(one, `${place}[${i}]`));
  };
}

export function pair<A, B>(first: Reader<A>, second: Reader<B>): Reader<[A, B]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length !== 2) refuse(place, 'two values');
    const [a, b] = value as [unknown, unknown];
    return [first(a, `${place}[0]`), second(b, `${place}[1]`)];
  };
}

/** An object with these members and no others. */
export function members<T extends object>(readers: { [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  const names = Object.keys(readers) as (keyof T & string)[];
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(place, 'an object');
    const other = Object.keys(value as object).find((name) => !Object.hasOwn(readers, name));
    if (other !== undefined) refuse(place, `nothing but ${names.join(', ')}`);
    const read = names.map((name) => {
      const member = Object.hasOwn(value as object, name) ? (value as T)[name] : undefined;
      return [name, readers[name](member, `${place}.${name}`)] as const;
    });
    return Object.fromEntries(read) as T;
  };
}

/** An `http:` or `https:` address. */
export const address: Reader<string> = (value, place) => {
  const url = text(2_000)(value, place);
  return URL.canParse(url) && /^https?:\/\//i.test(url) ? url : refuse(place, 'an http(s) address');
};
