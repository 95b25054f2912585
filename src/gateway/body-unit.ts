import { headerTokens, headerValue } from '../http/header-list.ts';
import { EVENT_STREAM, mediaType, NDJSON_TYPES } from '../http/media-type.ts';
import type { HeaderList } from '../types.ts';
import type { BodyUnit } from './event-boundary.ts';

export type { BodyUnit } from './event-boundary.ts';

/** What the body behind these fields is made of; null where its bytes do not tell: another type, or a content coding. */
export function unitOf(headers: HeaderList): BodyUnit | null {
  if (headerTokens(headers, 'content-encoding').some((coding) => coding !== 'identity')) return null;
  const type = mediaType(headerValue(headers, 'content-type'));
  if (type === EVENT_STREAM) return 'events';
  return type !== null && NDJSON_TYPES.has(type) ? 'lines' : null;
}
