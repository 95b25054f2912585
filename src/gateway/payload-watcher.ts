import type { HeaderList } from '../types.ts';
import type { BodyReader, PayloadSpans } from './body-reader.ts';

/** Sees all payload of one body, in order, before it is written. */
export interface PayloadWatcher {
  /** Takes the payload of one read, as {@link BodyReader} gives it. Returns true when it has shortened the spans. */
  passSpans(buffer: Uint8Array, spans: number[], spanCount: number): boolean;
}

/** A reader of the same body that shows each read to `watcher`. */
export function watchReader(reader: BodyReader, watcher: PayloadWatcher): BodyReader {
  return new WatchedReader(reader, watcher);
}

/** Takes a piece of payload that needs no reader; returns the part of it that is to be written. */
export function passPiece(piece: Buffer, watcher: PayloadWatcher): Buffer {
  const spans = [0, piece.length];
  watcher.passSpans(piece, spans, 2);
  return spans[0] === 0 ? piece : piece.subarray(spans[0]);
}

class WatchedReader implements BodyReader {
  readonly #reader: BodyReader;
  readonly #watcher: PayloadWatcher;
  #isShortened = false;

  constructor(reader: BodyReader, watcher: PayloadWatcher) {
    this.#reader = reader;
    this.#watcher = watcher;
  }

  get spans(): number[] {
    return this.#reader.spans;
  }
  get spanCount(): number {
    return this.#reader.spanCount;
  }
  get wholeFrom(): number {
    return this.#reader.wholeFrom;
  }
  get wholeTo(): number {
    return this.#isShortened ? this.#reader.wholeFrom : this.#reader.wholeTo;
  }
  get done(): boolean {
    return this.#reader.done;
  }
  get fault(): string | null {
    return this.#reader.fault;
  }
  get trailers(): HeaderList {
    return this.#reader.trailers;
  }
  get payloadBytes(): number {
    return this.#reader.payloadBytes;
  }
  get chunks(): number {
    return this.#reader.chunks;
  }
  get endsWithConnection(): boolean {
    return this.#reader.endsWithConnection;
  }
  get isBetweenChunks(): boolean {
    return this.#reader.isBetweenChunks;
  }
  get restOfChunk(): number {
    return this.#reader.restOfChunk;
  }

  peek(buffer: Uint8Array, from: number, to: number): PayloadSpans {
    return this.#reader.peek(buffer, from, to);
  }

  dropFraming(): void {
    this.#reader.dropFraming();
  }

  scan(buffer: Uint8Array, from: number, to: number): number {
    const reader = this.#reader;
    const end = reader.scan(buffer, from, to);
    this.#isShortened =
      reader.spanCount > 0 && this.#watcher.passSpans(buffer, reader.spans, reader.spanCount);
    return end;
  }
}
