import { bytesOf, latin1 } from '../http/base64.ts';
import { headerTokens, headerValue, headerValues } from '../http/header-list.ts';
import { EVENT_STREAM, mediaType } from '../http/media-type.ts';
import type { HeaderList, HopFacts, Observation } from '../types.ts';

/** Statuses with which an intermediary says that the server behind it did not answer (524: Cloudflare). */
const GATEWAY_TIMEOUTS: ReadonlySet<number> = new Set([502, 504, 524]);

/** A gateway's error that comes sooner than this is a refusal, not a wait. */
const WAIT_MS = 1_000;

export function headersOf(hop: HopFacts): HeaderList {
  return hop.observation.response?.headers ?? [];
}

/** True where the answer's fields are known to be all of them: an EventSource in a browser shows none. */
export function showsFields({ observation: { browser } }: HopFacts): boolean {
  return browser === undefined || browser.fields === 'all';
}

/** True for a 2xx answer that carries a stream, whatever became of it. */
export function isStreamAnswer(hop: HopFacts): boolean {
  const status = hop.observation.response?.status ?? 0;
  return status >= 200 && status < 300 && hop.verdict !== 'not-a-stream' && hop.timeline.format !== 'other';
}

export function isEventStreamType(hop: HopFacts): boolean {
  return mediaType(hop.timeline.contentType) === EVENT_STREAM;
}

/** `X-Accel-Buffering: no` (nginx compares the value without case). */
export function hasAccelOptOut(headers: HeaderList): boolean {
  return headerValues(headers, 'x-accel-buffering').some((value) => value.trim().toLowerCase() === 'no');
}

/** `Incremental: ?1` (RFC 10036; a structured-field boolean, parameters allowed). */
export function hasIncremental(headers: HeaderList): boolean {
  return /^\s*\?1\s*(;|$)/.test(headerValue(headers, 'incremental') ?? '');
}

export function hasNoTransform(headers: HeaderList): boolean {
  return headerTokens(headers, 'cache-control').includes('no-transform');
}

/** The content coding in force, or null for none and for `identity`. */
export function codingOf(hop: HopFacts): string | null {
  const coding = hop.timeline.contentCoding?.trim().toLowerCase() ?? '';
  return coding === '' || coding === 'identity' || coding === 'none' ? null : coding;
}

/** From sending the request to the response head; null without a head. */
export function headWaitMs(observation: Observation): number | null {
  const { headMs, requestMs, startMs } = observation.marks;
  return headMs === null ? null : headMs - (requestMs ?? startMs);
}

/** True when a gateway gave up waiting for the server behind it: 502, 504 or 524 after a second or more. */
export function gatewayGaveUp(observation: Observation): boolean {
  const status = observation.response?.status ?? 0;
  return GATEWAY_TIMEOUTS.has(status) && (headWaitMs(observation) ?? 0) >= WAIT_MS;
}

/**
 * Time between the last byte of the body and the end; 0 without an end. Without any body it counts from the request: a
 * hop that keeps the head for the first byte lets it go when it gives up, so the head is no sign of life then.
 */
export function quietBeforeEndMs(observation: Observation): number {
  if (observation.end === null) return 0;
  const { requestMs, startMs } = observation.marks;
  const last = observation.chunks.at(-1)?.atMs ?? requestMs ?? startMs;
  return Math.max(0, observation.end.atMs - last);
}

/** From the request to the end; 0 without an end. */
export function ageAtEndMs(observation: Observation): number {
  const { requestMs, startMs } = observation.marks;
  return observation.end === null ? 0 : observation.end.atMs - (requestMs ?? startMs);
}

/** Median time between reads that carried body bytes; null with fewer than two. */
export function typicalGapMs(observation: Observation): number | null {
  const times = [...new Map(observation.chunks.map((chunk) => [chunk.read, chunk.atMs])).values()];
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? at));
  if (gaps.length === 0) return null;
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? null;
}

/** True when the answer stopped before its end, or (a close-delimited one) was judged to have. */
export function brokeOff(hop: HopFacts): boolean {
  const reason = hop.observation.end?.reason;
  if (reason === 'truncated' || reason === 'reset') return true;
  return hop.verdict === 'cut' && (reason === 'closed' || reason === 'complete');
}

/** Last sign of life of a hop: a byte, or the moment the probe stopped watching it. */
export function lastAliveMs(observation: Observation): number {
  const last = observation.chunks.at(-1)?.atMs ?? observation.marks.headMs ?? 0;
  return observation.end?.reason === 'stopped-by-probe' ? Math.max(last, observation.end.atMs) : last;
}

/** From the request to the first event; null without one. */
export function firstEventMs(hop: HopFacts): number | null {
  const first = hop.timeline.events[0];
  return first === undefined ? null : first.atMs - hop.observation.marks.startMs;
}

/** The first bytes of the body as text, undecoded. For error pages. */
export function rawBodyStart(observation: Observation): string {
  const asReceived = observation.chunks.slice(0, 4).filter((chunk) => chunk.encodedBytes === undefined);
  return asReceived
    .map((chunk) => latin1(bytesOf(chunk.base64.slice(0, 4_096))))
    .join('')
    .slice(0, 2_048);
}
