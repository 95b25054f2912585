import { headerValues } from '../http/header-list.ts';
import type { DetectedIntermediary, HopFacts, Observation } from '../types.ts';
import { INTERMEDIARIES } from './intermediaries/index.ts';
import type { FieldMark, Intermediary, Mark } from './intermediary.ts';
import { codingOf } from './readings.ts';

type Level = DetectedIntermediary['confidence'];
const LEVELS: readonly Level[] = ['possible', 'likely', 'certain'];

interface Sighting {
  level: Level;
  version: string | null;
  evidence: string;
}

/** Values longer than this are cut in evidence. */
const SHOWN_CHARACTERS = 60;

/** Field values that may hold a secret: only the name is shown. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['set-cookie']);

/**
 * The intermediaries whose marks are in an answer, surest first.
 * @param nearer The answer of the hop one step nearer to the origin, if there is one: a mark that is already in it
 * may only have been passed on, and is then at most `possible`.
 */
export function detectIntermediaries(
  observation: Observation,
  nearer: Observation | null,
): DetectedIntermediary[] {
  const found: DetectedIntermediary[] = [];
  for (const product of INTERMEDIARIES) {
    const detected = detectOne(product, observation, nearer);
    if (detected !== null) found.push(detected);
  }
  return sorted(found);
}

function sorted(list: DetectedIntermediary[]): DetectedIntermediary[] {
  return list.sort((a, b) => LEVELS.indexOf(b.confidence) - LEVELS.indexOf(a.confidence));
}

function detectOne(
  product: Intermediary,
  observation: Observation,
  nearer: Observation | null,
): DetectedIntermediary | null {
  const sightings = product.marks.flatMap((mark) => sightingsOf(mark, observation, nearer));
  if (sightings.length === 0) return null;
  const level = sightings.map((one) => one.level).reduce(surer);
  return {
    id: product.id,
    version: sightings.find((one) => one.version !== null)?.version ?? null,
    confidence: level,
    evidence: [...new Set(sightings.map((one) => one.evidence))],
  };
}

function surer(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b;
}

function sightingsOf(mark: Mark, observation: Observation, nearer: Observation | null): Sighting[] {
  if ('seen' in mark) {
    const evidence = mark.seen(observation, nearer);
    return evidence === null ? [] : [{ level: mark.confidence, version: null, evidence }];
  }
  const inherited = new Set(fieldSightings(mark, nearer).map((one) => one.evidence));
  return fieldSightings(mark, observation).map((one) =>
    inherited.has(one.evidence)
      ? { ...one, level: 'possible', evidence: `${one.evidence} (the hop before sends it too)` }
      : one,
  );
}

function fieldSightings(mark: FieldMark, observation: Observation | null): Sighting[] {
  const values = headerValues(observation?.response?.headers ?? [], mark.field);
  return values.flatMap((value) => {
    const match = (mark.matches ?? /^/).exec(value);
    if (match === null) return [];
    const shown = SECRET_FIELDS.has(mark.field)
      ? `${value.split('=', 1)[0] ?? ''}=…`
      : value.length > SHOWN_CHARACTERS
        ? `${value.slice(0, SHOWN_CHARACTERS)}…`
        : value;
    return [{ level: mark.confidence, version: match[1] ?? null, evidence: `${mark.field}: ${shown}` }];
  });
}

/** nginx's proxy_buffer_size and proxy_buffers on machines with 4 KiB and 8 KiB pages. */
const NGINX_BLOCKS_BYTES: readonly number[] = [4_096, 8_192];
/** The kernel's cork timer that HAProxy leaves events to: 200 ms, seen as 200 to 220. */
const CORK_MS: readonly [number, number] = [190, 230];
/** A gzip header alone, without a single compressed byte (RFC 1952 section 2.3). */
const GZIP_HEADER_BYTES = 10;

/** Intermediaries that hold in the way this hop does. Only a guess: always `possible`. */
export function suspectFromHold(facts: HopFacts): DetectedIntermediary[] {
  const suspects: DetectedIntermediary[] = [];
  const suspect = (id: string, evidence: string): void => {
    suspects.push({ id, version: null, confidence: 'possible', evidence: [evidence] });
  };
  const { hold, observation, timeline } = facts;
  const block = hold?.blockBytes ?? null;
  if (block !== null && NGINX_BLOCKS_BYTES.some((bytes) => near(block, bytes, 0.02))) {
    const first = timeline.releases[0]?.bytes ?? block;
    const shorter = first < block && first > block / 2;
    suspect('nginx', `blocks of ${block} bytes${shorter ? `, the first one shorter (${first})` : ''}`);
  }
  if (block !== null && observation.tls !== null && near(block, 16_384, 0.12)) {
    suspect('nginx', `blocks of about 16 KiB over TLS (${block} bytes)`);
  }
  const period = hold?.periodMs ?? null;
  if (period !== null && period >= CORK_MS[0] && period <= CORK_MS[1] && hold?.kind !== 'one-behind') {
    suspect('haproxy', `events tick at ${Math.round(period)} ms`);
  }
  if (startsWithBareGzipHeader(facts)) {
    for (const id of ['express-compression', 'varnish', 'caddy']) {
      suspect(id, 'a 10-byte gzip header, then silence');
    }
  }
  if (hold?.kind === 'head-only' && hold.blockBytes === null) {
    suspect('nginx', 'the response head waits for the first event, events then flow');
  }
  return suspects;
}

function near(value: number, wanted: number, share: number): boolean {
  return Math.abs(value - wanted) <= wanted * share;
}

/** A compressor that was started and not flushed: its 10 header bytes come alone, long before anything else. */
export function startsWithBareGzipHeader(facts: HopFacts): boolean {
  const [first, second] = facts.observation.chunks;
  if (first === undefined || codingOf(facts) !== 'gzip') return false;
  const bytes = Buffer.from(first.base64, 'base64');
  const isHeader =
    first.encodedBytes === undefined
      ? bytes.length === GZIP_HEADER_BYTES && bytes[0] === 0x1f && bytes[1] === 0x8b
      : first.encodedBytes === GZIP_HEADER_BYTES && bytes.length === 0;
  if (!isHeader) return false;
  const until = second?.atMs ?? facts.observation.end?.atMs ?? Number.POSITIVE_INFINITY;
  return until - first.atMs > 250;
}
