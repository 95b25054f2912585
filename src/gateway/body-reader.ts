import { ChunkScanner, type SpanMode } from '../http/chunk-scanner.ts';
import type { HeaderList } from '../types.ts';
import type { BodyFraming } from './upstream-head.ts';

/** Reads an upstream's body piece by piece; says which bytes to pass on and where the body ends. */
export interface BodyReader {
  /** Flat pairs start, end into the piece last scanned; only the first `spanCount` numbers count. */
  readonly spans: readonly number[];
  readonly spanCount: number;
  readonly done: boolean;
  /** Why the body is not valid, or null. */
  readonly fault: string | null;
  readonly trailers: HeaderList;
  /** Payload bytes so far. */
  readonly payloadBytes: number;
  /** Returns the index after the last byte that belongs to the body. */
  scan(buffer: Uint8Array, from: number, to: number): number;
  /** True where the end of the connection is the end of the body. */
  readonly endsWithConnection: boolean;
}

/** Chunked bodies pass with their framing when `mode` says so; the others have none. */
export function createBodyReader(framing: BodyFraming, mode: SpanMode): BodyReader {
  switch (framing.kind) {
    case 'chunked':
      return new ChunkedReader(mode);
    case 'length':
      return new PlainReader(framing.bytes);
    case 'none':
      return new PlainReader(0);
    case 'close':
      return new PlainReader(Number.POSITIVE_INFINITY);
  }
}

class ChunkedReader extends ChunkScanner implements BodyReader {
  readonly endsWithConnection = false;
}

/** A body without framing of its own: so many bytes, or all until the connection ends. */
class PlainReader implements BodyReader {
  readonly spans: number[] = [0, 0];
  spanCount = 0;
  readonly fault = null;
  readonly trailers: HeaderList = [];
  readonly endsWithConnection: boolean;
  payloadBytes = 0;
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.endsWithConnection = bytes === Number.POSITIVE_INFINITY;
  }

  get done(): boolean {
    return this.payloadBytes >= this.#bytes;
  }

  scan(_buffer: Uint8Array, from: number, to: number): number {
    const end = Math.min(to, from + this.#bytes - this.payloadBytes);
    this.spans[0] = from;
    this.spans[1] = end;
    this.spanCount = end > from ? 2 : 0;
    this.payloadBytes += end - from;
    return end;
  }
}
