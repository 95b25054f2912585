import type { BodyReader } from './body-reader.ts';

/** Sees the payload of one body, in order, before it is written. */
export interface PayloadWatcher {
  /** It has to see all of the next read; else of long runs of whole chunks the last one is enough. */
  readonly needsAll: boolean;
  /**
   * Takes the payload of one read, as {@link BodyReader} gives it; `isAbridged`: without that of some chunks. Returns true
   * when it has shortened the spans.
   */
  passSpans(buffer: Uint8Array, spans: number[], spanCount: number, isAbridged: boolean): boolean;
}

/** Shows `watcher` what `reader` has just scanned in `buffer`. */
export function showPayload(reader: BodyReader, buffer: Uint8Array, watcher: PayloadWatcher): void {
  if (reader.spanCount === 0) return;
  if (watcher.needsAll) reader.takeApart(buffer);
  const isShortened = watcher.passSpans(buffer, reader.spans, reader.spanCount, reader.isAbridged);
  if (isShortened) reader.forgetWhole();
}

/** Takes a piece of payload that needs no reader; returns the part of it that is to be written. */
export function passPiece(piece: Buffer, watcher: PayloadWatcher): Buffer {
  const spans = [0, piece.length];
  watcher.passSpans(piece, spans, 2, false);
  return spans[0] === 0 ? piece : piece.subarray(spans[0]);
}
