import { ChunkScanner, type SpanMode } from '../http/chunk-scanner.ts';
import type { HeaderList } from '../types.ts';
import type { BodyFraming } from './upstream-head.ts';

/** Reads an upstream's body piece by piece; says which bytes to pass on and where the body ends. */
export interface BodyReader {
  /** Flat pairs start, end into the piece last scanned; only the first `spanCount` numbers count. */
  readonly spans: number[];
  readonly spanCount: number;
  /** `[wholeFrom, wholeTo)` of the piece: whole chunks with their framing, whose payload is among the spans. May be empty. */
  readonly wholeFrom: number;
  readonly wholeTo: number;
  /** Of these chunks the spans have the last one's payload alone; {@link takeApart} lists them all. */
  readonly isAbridged: boolean;
  readonly done: boolean;
  /** Why the body is not valid, or null. */
  readonly fault: string | null;
  readonly trailers: HeaderList;
  /** Payload bytes so far. */
  readonly payloadBytes: number;
  /** Chunks so far; of a body without chunks, pieces with payload. */
  readonly chunks: number;
  /** Returns the index after the last byte that belongs to the body. */
  scan(buffer: Uint8Array, from: number, to: number): number;
  /** Lists all payload of the piece last scanned, which `buffer` still holds. */
  takeApart(buffer: Uint8Array): void;
  /** The spans have been changed: the chunks that are whole are not to be passed on as they stand. */
  forgetWhole(): void;
  /** True where the end of the connection is the end of the body. */
  readonly endsWithConnection: boolean;
  /** Which bytes of a piece that is about to be scanned are payload. Valid until the next call for any reader. */
  peek(buffer: Uint8Array, from: number, to: number): PayloadSpans;
  /** With {@link SpanMode} `framed`: the next byte begins a chunk. Else always true. */
  readonly isBetweenChunks: boolean;
  /** Bytes up to the end of the chunk whose data is under way; 0 where none is. */
  readonly restOfChunk: number;
  /** From now on payload alone is passed on; only between two chunks. */
  dropFraming(): void;
}

/** Flat pairs start, end; only the first `spanCount` numbers count. */
export interface PayloadSpans {
  readonly spans: readonly number[];
  readonly spanCount: number;
}

const plainSpans = { spans: [0, 0], spanCount: 2 };

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

  peek(buffer: Uint8Array, from: number, to: number): PayloadSpans {
    scout.follow(this);
    scout.scan(buffer, from, to);
    return scout;
  }
}

/** For a look ahead, whoever looks. Of the very class that does the work: a second one would slow every step of it down. */
const scout = new ChunkedReader('payload');

/** A body without framing of its own: so many bytes, or all until the connection ends. */
class PlainReader implements BodyReader {
  readonly spans: number[] = [0, 0];
  spanCount = 0;
  readonly fault = null;
  readonly isAbridged = false;
  readonly trailers: HeaderList = [];
  readonly endsWithConnection: boolean;
  payloadBytes = 0;
  chunks = 0;
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.endsWithConnection = bytes === Number.POSITIVE_INFINITY;
  }

  get wholeFrom(): number {
    return 0;
  }

  get wholeTo(): number {
    return 0;
  }

  get isBetweenChunks(): boolean {
    return true;
  }

  get restOfChunk(): number {
    return 0;
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
    if (end > from) this.chunks++;
    return end;
  }

  peek(_buffer: Uint8Array, from: number, to: number): PayloadSpans {
    plainSpans.spans[0] = from;
    plainSpans.spans[1] = Math.min(to, from + this.#bytes - this.payloadBytes);
    return plainSpans;
  }

  takeApart(): void {}

  forgetWhole(): void {}

  dropFraming(): void {}
}
