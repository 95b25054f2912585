import { ChunkScanner } from '../http/chunk-scanner.ts';

/** Takes chunk framing off a recorded body. */
export interface Dechunker {
  /** Payload bytes of the next recorded piece. */
  feed(bytes: Buffer): Buffer;
  /** The last chunk was seen; null when the recording never held framing. */
  readonly done: boolean | null;
}

/**
 * @param first the first recorded piece: newer versions of curl record bodies without their framing, which shows
 * there, since a framed body begins with a size line
 */
export function createDechunker(first: Buffer | undefined): Dechunker {
  const framed =
    first !== undefined && /^[0-9a-f]{1,8}(?:;[^\r\n]*)?\r\n/i.test(first.toString('latin1', 0, 200));
  if (!framed) return { feed: (bytes) => bytes, done: null };
  const scanner = new ChunkScanner('payload');
  return {
    feed(bytes) {
      if (scanner.done || scanner.fault !== null) return Buffer.alloc(0);
      scanner.scan(bytes, 0, bytes.length);
      const spans: Buffer[] = [];
      for (let i = 0; i < scanner.spanCount; i += 2)
        spans.push(bytes.subarray(scanner.spans[i] ?? 0, scanner.spans[i + 1] ?? 0));
      return Buffer.concat(spans);
    },
    get done() {
      return scanner.done;
    },
  };
}
