import { Duplex } from 'node:stream';

/** What a {@link Tap} tells: each piece before it is passed on. */
export interface TapListener {
  onIncoming(bytes: Buffer): void;
  /** Called when the piece has been handed to the system. */
  onOutgoing(bytes: Buffer): void;
  /** The connection is over; `error` when it was not closed in order. */
  onClose(error: NodeJS.ErrnoException | null): void;
}

/**
 * A stream that stands for a socket and lets every byte be seen as it comes, before anybody parses it: node:http2 takes
 * a plain socket's handle and never shows its bytes.
 */
export class Tap extends Duplex {
  readonly #socket: Duplex;
  readonly #listener: TapListener;

  constructor(socket: Duplex, listener: TapListener) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#listener = listener;
    let failure: NodeJS.ErrnoException | null = null;
    // The listener has been told; a session that is gone already does not listen any more, and nobody else would.
    this.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      listener.onIncoming(bytes);
      this.push(bytes);
    });
    socket.once('end', () => {
      listener.onClose(null);
      this.push(null);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      failure = error;
    });
    socket.once('close', () => {
      listener.onClose(failure);
      this.destroy(failure ?? undefined);
    });
    // A tunnel's socket was paused by hand.
    socket.resume();
  }

  override _read(): void {
    // Everything is passed on as it comes: a prober that stopped reading would measure itself.
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, (error) => {
      if (error == null) this.#listener.onOutgoing(bytes);
      done(error);
    });
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
