/** The type and subtype of a `Content-Type` value, lower case, without parameters (RFC 9110 section 8.3.1). */
export function mediaType(contentType: string | null): string | null {
  if (contentType === null) return null;
  const essence = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  return essence === '' ? null : essence;
}

/** WHATWG HTML, "Server-sent events": the one media type that EventSource accepts. */
export const EVENT_STREAM = 'text/event-stream';

/** Media types in use for newline-delimited JSON. */
export const NDJSON_TYPES: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/json-seq',
  'application/stream+json',
]);
