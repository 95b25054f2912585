import type { HeaderList } from '../types.ts';
import type { RouteSettings } from './routes.ts';

/** What an answer's own fields are made of. Times are on the clock of `performance.now()`. */
export interface AnswerTimes {
  startedMs: number;
  headAtMs: number;
  /** HTTP/1.x of the upstream's answer: the x. */
  upstreamMinor: 0 | 1;
  /** The client takes trailers, and the framing has room for them. */
  canTrail: boolean;
}

const NO_FIELDS: HeaderList = [];

/**
 * The fields that the gateway adds to an answer when told to: `Via` (RFC 9110 section 7.6.3) and `Server-Timing` with
 * the time to the head. The head leaves before any event, so the time to that one is announced as a trailer.
 */
export function ownFields(
  { via, serverTiming }: Pick<RouteSettings, 'via' | 'serverTiming'>,
  times: AnswerTimes,
): HeaderList {
  if (via === null && !serverTiming) return NO_FIELDS;
  const fields: HeaderList = [];
  if (via !== null) fields.push(['Via', `1.${times.upstreamMinor} ${via}`]);
  if (!serverTiming) return fields;
  fields.push(['Server-Timing', `unclog-head;dur=${(times.headAtMs - times.startedMs).toFixed(1)}`]);
  if (times.canTrail) fields.push(['Trailer', 'Server-Timing']);
  return fields;
}

/** The trailer that {@link ownFields} announces. */
export function timingTrailer(startedMs: number, firstByteAtMs: number): HeaderList {
  return [['Server-Timing', `unclog-first-bytes;dur=${(firstByteAtMs - startedMs).toFixed(1)}`]];
}
