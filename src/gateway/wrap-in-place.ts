import type { BodyReader } from './body-reader.ts';
import { BLOCK_ROOM_BYTES, UNCOPIED_BYTES } from './read-block.ts';

/** As long as the size lines that the scanner reads whole. */
const MAX_SIZE_DIGITS = 6;
const CR = 13;
const LF = 10;

/**
 * The payload last scanned as whole chunks, without copying it: chunks that came whole stay as they stand, and what came
 * of others gets its framing written where theirs was, in a block that belongs to this stream. Null where that cannot be
 * done, or is not worth it; nothing is changed then.
 */
export function wrapInPlace(reader: BodyReader, block: Buffer): Buffer | null {
  const { spans, spanCount, wholeFrom, wholeTo } = reader;
  const hasWhole = wholeTo > wholeFrom;
  const hasFront = spanCount > 0 && (!hasWhole || (spans[0] as number) < wholeFrom);
  const frontFrom = spans[0] as number;
  const frontTo = spans[1] as number;
  const backFrom = spans[spanCount - 2] as number;
  const backTo = spans[spanCount - 1] as number;
  const hasBack = hasWhole && backFrom >= wholeTo;
  if (!hasWhole && spanCount !== 2) return null;
  // More than the rest of one chunk in front, or than the beginning of one behind: their framing is in between.
  if (hasWhole && hasFront && frontTo + 2 !== wholeFrom) return null;
  if (hasBack && spanCount > 2 && (spans[spanCount - 4] as number) >= wholeTo) return null;
  const last = hasBack ? backTo : hasWhole ? wholeTo : frontTo;
  if (last - (hasFront ? frontFrom : wholeFrom) < UNCOPIED_BYTES) return null;
  const size = hasBack ? (backTo - backFrom).toString(16) : '';
  const width = hasBack ? backFrom - wholeTo - 2 : 0;
  if (width > MAX_SIZE_DIGITS || width < size.length) return null;

  const { buffer, byteOffset } = block;
  if (byteOffset < BLOCK_ROOM_BYTES || buffer.byteLength - byteOffset - last < 2) return null;
  const memory = Buffer.from(buffer);
  let start = byteOffset + wholeFrom;
  if (hasFront) {
    const line = `${(frontTo - frontFrom).toString(16)}\r\n`;
    start = byteOffset + frontFrom - line.length;
    memory.write(line, start, 'latin1');
  }
  if (hasBack) memory.write(`${size.padStart(width, '0')}\r\n`, byteOffset + wholeTo, 'latin1');
  let end = byteOffset + last;
  if (hasBack || !hasWhole) {
    memory[end++] = CR;
    memory[end++] = LF;
  }
  return memory.subarray(start, end);
}
