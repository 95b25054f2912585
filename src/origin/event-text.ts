import { randomBytes } from 'node:crypto';

/** What fills an event up to its size: text that compresses badly, or text that compresses to almost nothing. */
export const FILLS = ['random', 'repeated'] as const;
export type Fill = (typeof FILLS)[number];

/** How events are written: blocks of an event stream, lines of JSON, or RFC 7464 records. */
export type EventFormat = 'event-stream' | 'ndjson' | 'json-seq';

export interface EventTextOptions {
  /** Bytes of the `data` payload; null or less than the bare payload: no padding. */
  eventBytes: number | null;
  fill: Fill;
  format?: EventFormat;
}

const PAD_MEMBER_BYTES = ',"pad":""'.length;

/**
 * One event as it goes onto the wire: `id: 3\ndata: {"seq":3,"sentAt":1760000000000}\n\n`.
 * @param extra members added after `sentAt`
 */
export function eventText(
  seq: number,
  sentAtEpochMs: number,
  options: EventTextOptions,
  extra: Readonly<Record<string, unknown>> = {},
): string {
  const data = pad(JSON.stringify({ seq, sentAt: sentAtEpochMs, ...extra }), options);
  switch (options.format ?? 'event-stream') {
    case 'event-stream':
      return `id: ${seq}\ndata: ${data}\n\n`;
    case 'ndjson':
      return `${data}\n`;
    case 'json-seq':
      return `\u001e${data}\n`;
  }
}

/** Fills the JSON object up to the wanted number of bytes; a gap too small for a member is filled with blanks. */
function pad(json: string, { eventBytes, fill }: EventTextOptions): string {
  const missingBytes = (eventBytes ?? 0) - Buffer.byteLength(json);
  if (missingBytes <= 0) return json;
  const open = json.slice(0, -1);
  if (missingBytes < PAD_MEMBER_BYTES) return `${open}${' '.repeat(missingBytes)}}`;
  return `${open},"pad":"${fillText(missingBytes - PAD_MEMBER_BYTES, fill)}"}`;
}

function fillText(bytes: number, fill: Fill): string {
  if (fill === 'repeated') return 'unclog '.repeat(Math.ceil(bytes / 7)).slice(0, bytes);
  return randomBytes(Math.ceil((bytes * 3) / 4))
    .toString('base64url')
    .slice(0, bytes);
}
