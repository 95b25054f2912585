import { describe, expect, it } from 'vitest';
import { detectIntermediaries } from '../../src/knowledge/detect.ts';
import { chunkStyle, lowerCasedHere, sortedHere } from '../../src/knowledge/wire-style.ts';
import type { HeaderList, Observation } from '../../src/types.ts';
import { hopFacts } from '../support/facts-builder.ts';

const LOWER: HeaderList = [
  ['content-type', 'text/event-stream'],
  ['x-b', '1'],
  ['cache-control', 'no-cache'],
];
const SORTED: HeaderList = [
  ['Cache-Control', 'no-cache'],
  ['Content-Type', 'text/event-stream'],
  ['Date', 'now'],
  ['X-B', '1'],
];

/** An answer whose chunk sizes are written like this. */
function framed(digits: readonly string[], headers?: HeaderList): Observation {
  const { observation } = hopFacts(headers === undefined ? {} : { headers });
  const chunks = [...digits, '0'].map((written) => ({
    atMs: 5,
    read: 0,
    doneMs: 5,
    bytes: Number.parseInt(written, 16),
    digits: written,
  }));
  const wire = { headBytes: 100, interim: [], chunks, frames: [], trailers: [], faults: [], omitted: 0 };
  return { ...observation, wire };
}

function ids(observation: Observation, nearer: Observation): [string, string][] {
  return detectIntermediaries(observation, nearer).map(({ id, confidence }) => [id, confidence]);
}

describe('the hand that framed an answer', () => {
  it('is told by the case and the zeros of the chunk sizes', () => {
    expect(chunkStyle(framed(['2f', '1a']))).toEqual({ letters: 'lower', leadingZeros: false });
    expect(chunkStyle(framed(['2F', '1A']))).toEqual({ letters: 'upper', leadingZeros: false });
    expect(chunkStyle(framed(['002f', '0030']))).toEqual({ letters: 'lower', leadingZeros: true });
    expect(chunkStyle(framed(['30', '31']))).toEqual({ letters: null, leadingZeros: false });
    expect(chunkStyle(framed([]))).toBeNull();
    expect(chunkStyle(hopFacts({}).observation)).toBeNull();
  });

  it('in upper case may be HAProxy, nghttpx or Squid, and is likely HAProxy beside names in lower case', () => {
    const nearer = framed(['2f']);
    expect(ids(framed(['2F']), nearer)).toEqual([
      ['haproxy', 'possible'],
      ['nghttpx', 'possible'],
      ['squid', 'possible'],
    ]);
    expect(ids(framed(['2F'], LOWER), nearer)).toContainEqual(['haproxy', 'likely']);
  });

  it('with leading zeros is likely Varnish', () => {
    expect(ids(framed(['002f']), framed(['2f']))).toEqual([['varnish', 'likely']]);
  });

  it('says nothing where the nearer hop writes the same', () => {
    expect(ids(framed(['2F']), framed(['3A']))).toEqual([]);
    expect(ids(framed(['002f']), framed(['003a']))).toEqual([]);
  });
});

describe('the order and case of the fields', () => {
  const mixed = hopFacts({ headers: [...SORTED].reverse() }).observation;

  it('sorted here and not before is what programs in Go do: Caddy or Traefik, possible', () => {
    const here = hopFacts({ headers: SORTED }).observation;
    expect(sortedHere(here, mixed)).toBe(true);
    expect(sortedHere(here, here)).toBe(false);
    expect(ids(here, mixed)).toEqual([
      ['caddy', 'possible'],
      ['traefik', 'possible'],
    ]);
  });

  it('in lower case with the connection before the framing, or with the framing in capitals, is a program in Node', () => {
    const before = hopFacts({
      headers: LOWER.map(([name, value]) => [name.toUpperCase(), value]),
    }).observation;
    const here = (...more: HeaderList) => hopFacts({ headers: [...LOWER, ...more] }).observation;
    const passed = here(['connection', 'close'], ['transfer-encoding', 'chunked']);
    expect(ids(passed, before)).toEqual([['http-proxy', 'possible']]);
    expect(ids(here(['connection', 'close'], ['Transfer-Encoding', 'chunked']), before)).toEqual([
      ['http-proxy', 'possible'],
    ]);
    // As HAProxy writes them.
    const other = here(['transfer-encoding', 'chunked'], ['connection', 'close']);
    expect(ids(other, before)).toEqual([['haproxy', 'likely']]);
    expect(ids(passed, passed)).toEqual([]);
  });

  it('in lower case over HTTP/1.1 only', () => {
    const h2 = hopFacts({ headers: LOWER, response: { httpVersion: '2', framing: 'h2' } }).observation;
    expect(lowerCasedHere(hopFacts({ headers: LOWER }).observation, mixed)).toBe(true);
    expect(lowerCasedHere(h2, mixed)).toBe(false);
  });
});
