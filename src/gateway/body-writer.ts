import type { HeaderList } from '../types.ts';
import type { BodyReader } from './body-reader.ts';
import { UNCOPIED_BYTES } from './read-block.ts';
import { isAllWhole, isWorthPassingWhole, keepWholeChunks } from './whole-chunks.ts';
import { wrapInPlace } from './wrap-in-place.ts';

/**
 * How body bytes go to the client. `framed`: chunked as the upstream framed them. `wrap`: each piece as one chunk
 * of our own. `plain`: payload alone, delimited by a length that stays true or by the end of the connection.
 */
export type WriteMode = 'framed' | 'wrap' | 'plain';

/**
 * The bytes to write for what `reader` has just scanned in `buffer`, or null when there are none. A copy, unless
 * `mayAlias` and they lie there as they are to be written: a buffer may be shared by all upstream connections, and a
 * slice of it that waits in a client's queue would show that client other clients' bytes. `ownTrailers` follow the
 * upstream's where the body ends.
 */
export function encodePiece(
  reader: BodyReader,
  buffer: Buffer,
  mode: WriteMode,
  ownTrailers: HeaderList,
  mayAlias: boolean,
): Buffer | null {
  const { spans, spanCount } = reader;
  if (mode === 'wrap' && mayAlias && !reader.done) {
    const piece = wrapInPlace(reader, buffer);
    if (piece !== null) return piece;
  }
  const isWhole = mode === 'wrap' && !reader.done && isAllWhole(reader);
  if (!isWhole && (reader.done || mode === 'wrap' || spanCount > 2))
    return composePiece(reader, buffer, mode, ownTrailers);
  if (spanCount === 0) return null;
  const bytes = isWhole
    ? buffer.subarray(reader.wholeFrom, reader.wholeTo)
    : buffer.subarray(spans[0], spans[1]);
  if (mayAlias && bytes.length >= UNCOPIED_BYTES) return bytes;
  const piece = Buffer.allocUnsafe(bytes.length);
  piece.set(bytes);
  return piece;
}

/** The general case: several spans, framing of our own, or the end. */
function composePiece(
  reader: BodyReader,
  buffer: Buffer,
  mode: WriteMode,
  ownTrailers: HeaderList,
): Buffer | null {
  if (mode === 'wrap' && !reader.done && isWorthPassingWhole(reader)) return keepWholeChunks(reader, buffer);
  reader.takeApart(buffer);
  const { spans, spanCount } = reader;
  let bytes = 0;
  for (let i = 0; i < spanCount; i += 2) bytes += (spans[i + 1] as number) - (spans[i] as number);
  const before = mode === 'wrap' && bytes > 0 ? `${bytes.toString(16)}\r\n` : '';
  const after =
    (before === '' ? '' : '\r\n') +
    (reader.done ? endOf(mode, [...reader.trailers, ...(reader.payloadBytes > 0 ? ownTrailers : [])]) : '');
  const total = before.length + bytes + after.length;
  if (total === 0) return null;
  const piece = Buffer.allocUnsafe(total);
  let at = before === '' ? 0 : piece.write(before, 0, 'latin1');
  for (let i = 0; i < spanCount; i += 2) at += buffer.copy(piece, at, spans[i], spans[i + 1]);
  if (after !== '') piece.write(after, at, 'latin1');
  return piece;
}

/** A piece of payload as one chunk of our own. */
export function wrapPiece(payload: Buffer): Buffer {
  const size = `${payload.length.toString(16)}\r\n`;
  const piece = Buffer.allocUnsafe(size.length + payload.length + 2);
  const at = piece.write(size, 0, 'latin1');
  payload.copy(piece, at);
  piece.write('\r\n', at + payload.length, 'latin1');
  return piece;
}

/**
 * What ends a body in this mode. The size of a passed-on last chunk has gone out already, its line end has not:
 * the scanner holds that back until the trailers are known to be well-formed.
 */
export function endOf(mode: WriteMode, trailers: HeaderList): string {
  if (mode === 'plain') return '';
  const lines = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return mode === 'framed' ? `\r\n${lines}\r\n` : `0\r\n${lines}\r\n`;
}
