import { brotliDecompressSync, gunzipSync, inflateSync, constants as zlib } from 'node:zlib';

/**
 * Each piece is decoded from the start again, since zlib has no public synchronous streaming: fine for what a
 * watch of seconds records, and this much work is where it stops being fine.
 */
const MOST_WORK_BYTES = 2_048 * 1_048_576;
/** Decoded bytes beyond this are not looked at: a decompression bomb must not end the probe. */
const MOST_DECODED_BYTES = 64 * 1_048_576;

/**
 * Undoes a content coding piece by piece: what a client could read after each piece came. A piece that only
 * completes what the compressor held back decodes to nothing, which is the sign of a compressor that does not flush.
 *
 * @returns pieces as many as given; `ok` is false when the coding is unknown or the data is broken.
 */
export function decodePieces(pieces: Buffer[], coding: string | null): { pieces: Buffer[]; ok: boolean } {
  if (coding === null || coding === 'identity') return { pieces, ok: true };
  const decode = decoderFor(coding);
  if (decode === null) return { pieces: pieces.map(() => Buffer.alloc(0)), ok: false };
  const out: Buffer[] = [];
  let before = 0;
  let ok = true;
  let workBytes = 0;
  let prefix: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    prefix = Buffer.concat([prefix, piece]);
    workBytes += prefix.length;
    if (workBytes > MOST_WORK_BYTES) ok = false;
    const decoded = ok ? decodePrefix(decode, prefix) : null;
    if (decoded === null) ok = false;
    out.push(decoded === null ? Buffer.alloc(0) : Buffer.from(decoded.subarray(before)));
    before = decoded?.length ?? before;
  }
  return { pieces: out, ok };
}

function decodePrefix(decode: (prefix: Buffer) => Buffer, prefix: Buffer): Buffer | null {
  try {
    return decode(prefix);
  } catch (error) {
    // zlib reports a prefix too short for its own header as an unexpected end: nothing is readable yet.
    return (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR' ? Buffer.alloc(0) : null;
  }
}

function decoderFor(coding: string): ((prefix: Buffer) => Buffer) | null {
  const limits = { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: MOST_DECODED_BYTES };
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return (prefix) => gunzipSync(prefix, limits);
    case 'deflate':
      return (prefix) => inflateSync(prefix, limits);
    case 'br':
      return (prefix) =>
        brotliDecompressSync(prefix, { ...limits, finishFlush: zlib.BROTLI_OPERATION_FLUSH });
    default:
      return null;
  }
}
