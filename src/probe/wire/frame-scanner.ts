/** Frame types of RFC 9113 section 6, as far as they are looked at. */
export const FRAME = { data: 0, headers: 1, reset: 3, goAway: 7, continuation: 9 } as const;
/** Flags of RFC 9113 section 6. */
export const FLAG = { endStream: 0x1, endHeaders: 0x4, padded: 0x8 } as const;

const HEAD_BYTES = 9;

/** RFC 9113 section 4.1. */
export interface FrameHead {
  type: number;
  flags: number;
  stream: number;
  /** Bytes of payload. */
  length: number;
}

/** What a {@link FrameScanner} tells. */
export interface FrameListener {
  onFrame(head: FrameHead): void;
  /** A piece of the payload, in order. */
  onPayload(head: FrameHead, bytes: Buffer): void;
  onFrameEnd(head: FrameHead): void;
}

/** Finds the frames in one direction of an HTTP/2 connection, fed with its bytes cut anywhere. */
export class FrameScanner {
  readonly #listener: FrameListener;
  #skipBytes: number;
  #partial: Buffer = Buffer.alloc(0);
  #frame: FrameHead | null = null;
  #leftBytes = 0;

  /** @param skipBytes what stands before the first frame: the client's preface (RFC 9113 section 3.4) has 24 bytes */
  constructor(listener: FrameListener, skipBytes = 0) {
    this.#listener = listener;
    this.#skipBytes = skipBytes;
  }

  feed(piece: Buffer): void {
    let bytes = piece;
    if (this.#skipBytes > 0) {
      const skipped = Math.min(this.#skipBytes, bytes.length);
      this.#skipBytes -= skipped;
      bytes = bytes.subarray(skipped);
    }
    while (bytes.length > 0)
      bytes = this.#frame === null ? this.#takeHead(bytes) : this.#takePayload(this.#frame, bytes);
  }

  #takeHead(bytes: Buffer): Buffer {
    const missing = HEAD_BYTES - this.#partial.length;
    const head = Buffer.concat([this.#partial, bytes.subarray(0, missing)]);
    if (head.length < HEAD_BYTES) {
      this.#partial = head;
      return Buffer.alloc(0);
    }
    this.#partial = Buffer.alloc(0);
    const frame: FrameHead = {
      length: head.readUIntBE(0, 3),
      type: head.readUInt8(3),
      flags: head.readUInt8(4),
      stream: head.readUInt32BE(5) & 0x7fffffff,
    };
    this.#listener.onFrame(frame);
    this.#leftBytes = frame.length;
    if (frame.length === 0) this.#listener.onFrameEnd(frame);
    else this.#frame = frame;
    return bytes.subarray(missing);
  }

  #takePayload(frame: FrameHead, bytes: Buffer): Buffer {
    const end = Math.min(bytes.length, this.#leftBytes);
    this.#leftBytes -= end;
    this.#listener.onPayload(frame, bytes.subarray(0, end));
    if (this.#leftBytes === 0) {
      this.#frame = null;
      this.#listener.onFrameEnd(frame);
    }
    return bytes.subarray(end);
  }
}
