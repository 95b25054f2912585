import type { HeaderList, Observation } from '../types.ts';

/** How an HTTP/1.1 answer writes what the standard leaves open: each framer has its own hand. */
export interface ChunkStyle {
  /** `upper` or `lower` where a size has a letter; null where none does. */
  letters: 'upper' | 'lower' | 'mixed' | null;
  /** True when sizes begin with zeros. */
  leadingZeros: boolean;
}

/** The style of the chunk sizes; null without chunks, or where the observation does not keep them. */
export function chunkStyle(observation: Observation | null): ChunkStyle | null {
  // The last chunk is `0` in every hand.
  const sizes = (observation?.wire?.chunks ?? [])
    .filter(({ bytes }) => bytes > 0)
    .map(({ digits }) => digits);
  if (sizes.length === 0) return null;
  const all = sizes.join('');
  const [upper, lower] = [/[A-F]/.test(all), /[a-f]/.test(all)];
  return {
    letters: upper && lower ? 'mixed' : upper ? 'upper' : lower ? 'lower' : null,
    leadingZeros: sizes.every((digits) => digits.startsWith('0')),
  };
}

/** Whether sizes are in upper case here and were not at the nearer hop (or nothing is known of that). */
export function upperCaseSizes(observation: Observation, nearer: Observation | null): boolean {
  return chunkStyle(observation)?.letters === 'upper' && chunkStyle(nearer)?.letters !== 'upper';
}

/** Field names in order. */
function names(headers: HeaderList | undefined): string[] {
  return (headers ?? []).map(([name]) => name);
}

/** Whether the fields are in alphabetical order here and were in another one at the nearer hop. Go's net/http sorts them. */
export function sortedHere(observation: Observation, nearer: Observation | null): boolean {
  const here = names(observation.response?.headers);
  const before = names(nearer?.response?.headers);
  const http1 = (observation.response?.httpVersion ?? '').startsWith('1.');
  return http1 && here.length >= 4 && before.length >= 4 && isSorted(here) && !isSorted(before);
}

function isSorted(list: readonly string[]): boolean {
  return list.every((name, i) => i === 0 || (list[i - 1] ?? '') <= name);
}

/** Whether names are in lower case throughout here, over HTTP/1.1, and were not at the nearer hop. */
export function lowerCasedHere(observation: Observation, nearer: Observation | null): boolean {
  const here = names(observation.response?.headers);
  const before = names(nearer?.response?.headers);
  const http1 = (observation.response?.httpVersion ?? '').startsWith('1.');
  const lower = here.length >= 3 && here.every((name) => name === name.toLowerCase());
  return http1 && lower && before.some((name) => name !== name.toLowerCase());
}

/** Fields that a server in Node adds or writes itself, in its own case. */
const WRITTEN_BY_NODE =
  /^(?:transfer-encoding|connection|keep-alive|date|vary|x-powered-by|content-encoding)$/i;

/**
 * Whether names were turned to lower case by a program in Node, which receives them so: it names the connection before
 * the framing, and writes `Transfer-Encoding` in capitals where it frames anew. HAProxy does neither.
 */
export function lowerCasedByNode(observation: Observation, nearer: Observation | null): boolean {
  const here = names(observation.response?.headers);
  const before = names(nearer?.response?.headers).filter((name) => !WRITTEN_BY_NODE.test(name));
  const passed = before.map((name) => name.toLowerCase()).filter((name) => here.includes(name));
  const http1 = (observation.response?.httpVersion ?? '').startsWith('1.');
  const wasOther = before.some((name) => name !== name.toLowerCase());
  if (!http1 || !wasOther || passed.length === 0 || passed.length < before.length) return false;
  const lower = here.map((name) => name.toLowerCase());
  const [connection, framing] = [lower.indexOf('connection'), lower.indexOf('transfer-encoding')];
  return here.includes('Transfer-Encoding') || (connection >= 0 && connection < framing);
}
