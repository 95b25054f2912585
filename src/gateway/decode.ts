import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createUnzip } from 'node:zlib';
import { headerTokens } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { LIMITS } from './limits.ts';

/** A decoder that gives out, for each piece put in, all that the piece holds. */
export interface StreamDecoder {
  transform: Transform;
  /** Is the decoded form out of proportion to the coded one so far? */
  isBomb(codedBytes: number): boolean;
}

/**
 * A decoder for the content coding of an answer, or null where there is none to undo: no coding, one that is not
 * known here, several at once, or an upstream that forbids any change with `no-transform` (RFC 9111 section 5.2.2.6).
 */
export function createDecoder(headers: HeaderList): StreamDecoder | null {
  if (headerTokens(headers, 'cache-control').includes('no-transform')) return null;
  const codings = headerTokens(headers, 'content-encoding').filter((coding) => coding !== 'identity');
  const [coding] = codings;
  if (coding === undefined || codings.length > 1) return null;
  const transform = transformFor(coding);
  if (transform === null) return null;
  let decodedBytes = 0;
  transform.on('data', (piece: Buffer) => {
    decodedBytes += piece.length;
  });
  // Counting must not start the flow before the answer's head is out.
  transform.pause();
  return {
    transform,
    isBomb: (codedBytes) =>
      decodedBytes > LIMITS.decodedFreeBytes && decodedBytes > codedBytes * LIMITS.decodedRatio,
  };
}

function transformFor(coding: string): Transform | null {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return createUnzip({ flush: constants.Z_SYNC_FLUSH });
    case 'br':
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH });
    default:
      return null;
  }
}
