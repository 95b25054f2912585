import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createUnzip } from 'node:zlib';
import { headerTokens } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { LIMITS } from './limits.ts';

/** A decoder that gives out, for each piece put in, all that the piece holds. */
export interface StreamDecoder {
  transform: Transform;
  /** Given out so far. */
  readonly decodedBytes: number;
  /** Is the decoded form out of proportion to the coded one so far? */
  isBomb(codedBytes: number): boolean;
}

/**
 * The content coding of an answer that is to be undone, or null where there is none: no coding, one that is not known
 * here, several at once, or an upstream that forbids any change with `no-transform` (RFC 9111 section 5.2.2.6).
 */
export function undoableCoding(headers: HeaderList): string | null {
  if (headerTokens(headers, 'cache-control').includes('no-transform')) return null;
  const codings = headerTokens(headers, 'content-encoding').filter((coding) => coding !== 'identity');
  const [coding] = codings;
  if (coding === undefined || codings.length > 1) return null;
  return /^(?:gzip|x-gzip|deflate|br)$/.test(coding) ? coding : null;
}

/** A decoder for the content coding of an answer, or null where there is none to undo. */
export function createDecoder(headers: HeaderList): StreamDecoder | null {
  const coding = undoableCoding(headers);
  if (coding === null) return null;
  const transform = transformFor(coding);
  let decodedBytes = 0;
  transform.on('data', (piece: Buffer) => {
    decodedBytes += piece.length;
  });
  // Counting must not start the flow before the answer's head is out.
  transform.pause();
  return {
    transform,
    get decodedBytes() {
      return decodedBytes;
    },
    isBomb: (codedBytes) =>
      decodedBytes > LIMITS.decodedFreeBytes && decodedBytes > codedBytes * LIMITS.decodedRatio,
  };
}

function transformFor(coding: string): Transform {
  return coding === 'br'
    ? createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })
    : createUnzip({ flush: constants.Z_SYNC_FLUSH });
}
