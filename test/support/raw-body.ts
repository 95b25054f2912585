/** Takes bytes of one HTTP/1 answer as they come; hands on the head, then the body's text without its framing. */
export interface BodyReader {
  push(bytes: Buffer): void;
  /** The head as received, without the blank line; empty before it is complete. */
  readonly head: string;
}

export interface BodyListener {
  onHead(head: string): void;
  /** Called for each piece: a chunk, or what one read brought when the answer is not chunked. */
  onText(text: string): void;
  /** The framing says that the answer is complete (never for one that ends by closing). */
  onEnd(): void;
}

/** A small reader for tests: it trusts the sender and keeps to what the origin and plain hops send. */
export function createBodyReader(listener: BodyListener): BodyReader {
  const decoder = new TextDecoder();
  let head = '';
  let rest: Buffer = Buffer.alloc(0);
  let missingBytes = Number.POSITIVE_INFINITY;
  let chunked = false;

  function readHead(): boolean {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    head = rest.subarray(0, end).toString('latin1');
    rest = rest.subarray(end + 4);
    chunked = /^transfer-encoding: *chunked/im.test(head);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length !== undefined) missingBytes = Number(length);
    listener.onHead(head);
    return true;
  }

  function readPlain(): void {
    const piece = rest;
    rest = Buffer.alloc(0);
    missingBytes -= piece.length;
    if (piece.length > 0) listener.onText(decoder.decode(piece, { stream: true }));
    if (missingBytes <= 0) listener.onEnd();
  }

  function readChunks(): void {
    for (;;) {
      const lineEnd = rest.indexOf('\r\n');
      if (lineEnd < 0) return;
      const size = Number.parseInt(rest.subarray(0, lineEnd).toString('latin1'), 16);
      if (rest.length < lineEnd + 2 + size + 2) return;
      const data = rest.subarray(lineEnd + 2, lineEnd + 2 + size);
      rest = rest.subarray(lineEnd + 2 + size + 2);
      if (size === 0) {
        listener.onEnd();
        return;
      }
      listener.onText(decoder.decode(data, { stream: true }));
    }
  }

  return {
    get head() {
      return head;
    },
    push(bytes) {
      rest = Buffer.concat([rest, bytes]);
      if (head === '' && !readHead()) return;
      if (chunked) readChunks();
      else readPlain();
    },
  };
}
