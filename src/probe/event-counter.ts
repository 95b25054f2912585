import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, constants as zlib } from 'node:zlib';
import { createParser } from 'eventsource-parser';
import { EVENT_STREAM, mediaType, NDJSON_TYPES } from '../http/media-type.ts';

/**
 * Counts events while an answer is being watched, only to know when to stop; the judgement parses the recorded
 * bytes again. Calls back once per event.
 */
export function createEventCounter(
  contentType: string | null,
  contentCoding: string | null,
  onEvent: () => void,
): (bytes: Buffer) => void {
  const count = textCounter(mediaType(contentType), onEvent);
  const inflate = inflaterFor(contentCoding);
  if (inflate === null) return count;
  inflate.on('data', count);
  // Broken compressed data: the judgement says so; here it only means that no event is counted any more.
  inflate.on('error', () => inflate.removeAllListeners('data'));
  return (bytes) => void (inflate.destroyed || inflate.write(bytes));
}

function textCounter(type: string | null, onEvent: () => void): (bytes: Buffer) => void {
  const utf8 = new TextDecoder('utf-8');
  if (type === EVENT_STREAM) {
    const parser = createParser({ onEvent });
    return (bytes) => parser.feed(utf8.decode(bytes, { stream: true }));
  }
  if (type !== null && NDJSON_TYPES.has(type)) {
    let isBlank = true;
    return (bytes) => {
      for (const byte of bytes) {
        // Empty lines are heartbeats, not events.
        if (byte === 0x0a && !isBlank) onEvent();
        if (byte === 0x0a) isBlank = true;
        else if (byte > 0x20) isBlank = false;
      }
    };
  }
  return () => onEvent();
}

function inflaterFor(coding: string | null): Transform | null {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip({ finishFlush: zlib.Z_SYNC_FLUSH });
    case 'deflate':
      return createInflate({ finishFlush: zlib.Z_SYNC_FLUSH });
    case 'br':
      return createBrotliDecompress({ finishFlush: zlib.BROTLI_OPERATION_FLUSH });
    default:
      return null;
  }
}
