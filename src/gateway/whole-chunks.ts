import type { BodyReader } from './body-reader.ts';

/** Fewer chunks are put into one of our own for as little. */
const LEAST_SPANS = 6;

/** Are there so many whole chunks in the piece last scanned that copying each payload would take long? */
export function isWorthPassingWhole({ spanCount, wholeFrom, wholeTo, isAbridged }: BodyReader): boolean {
  return isAbridged || (spanCount >= LEAST_SPANS && wholeTo > wholeFrom);
}

/** Is all payload of the piece last scanned in chunks that are whole, as an event that comes alone mostly is? */
export function isAllWhole({ spans, spanCount, wholeFrom, wholeTo }: BodyReader): boolean {
  return spanCount > 0 && (spans[0] as number) >= wholeFrom && (spans[spanCount - 1] as number) <= wholeTo;
}

/**
 * The piece last scanned as chunks that are whole, so that something can be put in behind it: those that are stay as they
 * stand, what of others is in front of them or behind becomes a chunk of our own.
 */
export function keepWholeChunks(reader: BodyReader, buffer: Buffer): Buffer {
  const { spans, spanCount, wholeFrom, wholeTo } = reader;
  let first = 0;
  while (first < spanCount && (spans[first] as number) < wholeFrom) first += 2;
  let last = spanCount;
  while (last > first && (spans[last - 2] as number) >= wholeTo) last -= 2;
  const front = payloadBytes(spans, 0, first);
  const back = payloadBytes(spans, last, spanCount);
  const piece = Buffer.allocUnsafe(wrappedBytes(front) + wholeTo - wholeFrom + wrappedBytes(back));
  let at = wrap(piece, 0, buffer, spans, 0, first, front);
  at += buffer.copy(piece, at, wholeFrom, wholeTo);
  wrap(piece, at, buffer, spans, last, spanCount, back);
  return piece;
}

function payloadBytes(spans: readonly number[], from: number, to: number): number {
  let bytes = 0;
  for (let i = from; i < to; i += 2) bytes += (spans[i + 1] as number) - (spans[i] as number);
  return bytes;
}

function wrappedBytes(bytes: number): number {
  return bytes === 0 ? 0 : bytes.toString(16).length + bytes + 4;
}

/** Writes the spans as one chunk; returns where it ends. */
function wrap(
  piece: Buffer,
  start: number,
  buffer: Buffer,
  spans: readonly number[],
  from: number,
  to: number,
  bytes: number,
): number {
  if (bytes === 0) return start;
  let at = start + piece.write(`${bytes.toString(16)}\r\n`, start, 'latin1');
  for (let i = from; i < to; i += 2) at += buffer.copy(piece, at, spans[i], spans[i + 1]);
  return at + piece.write('\r\n', at, 'latin1');
}
