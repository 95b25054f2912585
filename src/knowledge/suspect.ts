import { bytesOf } from '../http/base64.ts';
import { headerValue } from '../http/header-list.ts';
import type { DetectedIntermediary, HopFacts } from '../types.ts';
import { codingOf, headersOf, isEventStreamType } from './readings.ts';

/** nginx's proxy_buffer_size and proxy_buffers on machines with 4 KiB and 8 KiB pages. */
const NGINX_BLOCKS_BYTES: readonly number[] = [4_096, 8_192];
/** What `http-response wait-for-body` of HAProxy lets go at first: its buffer without the reserve and the head. */
const HAPROXY_BODY_BYTES = 15_107;
/** Blocks of `buffer_responses` in Caddy, and of an answer that Varnish compressed and undoes again. */
const COPY_BYTES = 32_768;
/** The kernel's cork timer that HAProxy leaves events to: 200 ms, seen as 200 to 220. mod_ratelimit of Apache ticks alike. */
const CORK_MS: readonly [number, number] = [190, 230];
/** Traefik's flush interval for answers that it does not take for streams. */
const TRAEFIK_MS: readonly [number, number] = [90, 115];
/** HAProxy's cork holds the head as well; mod_ratelimit sends it at once. */
const HEAD_HELD_MS = 100;
/** A gzip header alone, without a single compressed byte (RFC 1952 section 2.3). */
const GZIP_HEADER_BYTES = 10;

type Suspect = [id: string, evidence: string];

/** Intermediaries that hold in the way this hop does. Only a guess: always `possible`. */
export function suspectFromHold(facts: HopFacts): DetectedIntermediary[] {
  const suspects = [...byBlock(facts), ...byTimer(facts), ...byHead(facts)];
  return suspects.map(([id, evidence]) => ({
    id,
    version: null,
    confidence: 'possible',
    evidence: [evidence],
  }));
}

function byBlock({ hold, observation, timeline }: HopFacts): Suspect[] {
  const block = hold?.blockBytes ?? null;
  if (block === null) return [];
  const found: Suspect[] = [];
  if (NGINX_BLOCKS_BYTES.some((bytes) => near(block, bytes, 0.02))) {
    const first = timeline.releases[0]?.bytes ?? block;
    const shorter = first < block && first > block / 2;
    found.push(['nginx', `blocks of ${block} bytes${shorter ? `, the first one shorter (${first})` : ''}`]);
  }
  if (observation.tls !== null && near(block, 16_384, 0.12)) {
    found.push(['nginx', `blocks of about 16 KiB over TLS (${block} bytes)`]);
  }
  if (near(block, HAPROXY_BODY_BYTES, 0.02) && observation.tls === null) {
    found.push(['haproxy', `a first block of ${block} bytes, as http-response wait-for-body makes it`]);
  }
  if (block === COPY_BYTES) {
    found.push(['caddy', 'blocks of 32 KiB, as response_buffers makes them']);
    found.push(['varnish', 'blocks of 32 KiB, as do_gzip makes them for clients without gzip']);
  }
  return found;
}

function byTimer({ hold, observation, headHoldMs }: HopFacts): Suspect[] {
  const period = hold?.periodMs ?? null;
  if (hold?.kind === 'one-behind') return oneBehind(observation);
  if (period === null) return [];
  const ticks = `events tick at ${Math.round(period)} ms`;
  if (within(period, TRAEFIK_MS)) return [['traefik', ticks]];
  if (!within(period, CORK_MS)) return [];
  const headAtOnce = headHoldMs !== null && headHoldMs < HEAD_HELD_MS;
  const found: Suspect[] = [];
  // HAProxy corks clear-text listeners only.
  if (observation.tls === null) found.push(['haproxy', ticks]);
  if (hold?.kind !== 'constant' && headAtOnce)
    found.push(['apache', `${ticks}, and the response head came at once`]);
  // A head that was not late speaks for mod_ratelimit.
  return headAtOnce ? found.reverse() : found;
}

/** Without a coding nothing that is known points to one product. */
function oneBehind({ response }: HopFacts['observation']): Suspect[] {
  const coded = headerValue(response?.headers ?? [], 'content-encoding') !== null;
  return coded ? [['haproxy', 'compressed, and each event comes with the next one']] : [];
}

function byHead(facts: HopFacts): Suspect[] {
  const { hold } = facts;
  const found: Suspect[] = [];
  if (startsWithBareGzipHeader(facts)) {
    for (const id of ['express-compression', 'varnish', 'caddy'])
      found.push([id, 'a 10-byte gzip header, then silence']);
  }
  if (hold?.kind === 'head-only' && hold.blockBytes === null) {
    found.push(['nginx', 'the response head waits for the first event, events then flow']);
  }
  if (hold?.kind === 'until-close' && hasLength(facts)) {
    for (const id of ['lighttpd', 'varnish']) found.push([id, 'an event stream with a Content-Length']);
  }
  return found;
}

function hasLength(hop: HopFacts): boolean {
  return isEventStreamType(hop) && headerValue(headersOf(hop), 'content-length') !== null;
}

function near(value: number, wanted: number, share: number): boolean {
  return Math.abs(value - wanted) <= wanted * share;
}

function within(value: number, [least, most]: readonly [number, number]): boolean {
  return value >= least && value <= most;
}

/** A compressor that was started and not flushed: its 10 header bytes come alone, long before anything else. */
export function startsWithBareGzipHeader(facts: HopFacts): boolean {
  const [first, second] = facts.observation.chunks;
  if (first === undefined || codingOf(facts) !== 'gzip') return false;
  const bytes = bytesOf(first.base64);
  const isHeader =
    first.encodedBytes === undefined
      ? bytes.length === GZIP_HEADER_BYTES && bytes[0] === 0x1f && bytes[1] === 0x8b
      : first.encodedBytes === GZIP_HEADER_BYTES && bytes.length === 0;
  if (!isHeader) return false;
  const until = second?.atMs ?? facts.observation.end?.atMs ?? Number.POSITIVE_INFINITY;
  return until - first.atMs > 250;
}
