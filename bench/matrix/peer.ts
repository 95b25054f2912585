import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How a connection ended, seen from this side. */
export type PeerEnd = 'fin' | 'reset';

/** One side of a TCP connection: bytes are latin1 text, and nothing is interpreted. */
export class Peer {
  readonly socket: Socket;
  /** Everything received. */
  text = '';
  ended: PeerEnd | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => {
      this.text += piece.toString('latin1');
      this.#wake();
    });
    socket.on('end', () => this.#end('fin'));
    socket.on('error', () => this.#end('reset'));
    socket.on('close', () => this.#end('fin'));
  }

  write(text: string): void {
    if (this.socket.writable) this.socket.write(text, 'latin1');
  }

  /** True once the test holds; false when it does not within the time or can no longer. */
  when(test: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const stop = (answer: boolean) => {
        this.#waiting.delete(look);
        clearTimeout(timer);
        resolve(answer);
      };
      const look = () => {
        if (test()) stop(true);
        else if (this.ended !== null) stop(false);
      };
      const timer = setTimeout(() => stop(test()), withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** Waits for text. */
  until(wanted: string, withinMs: number, from = 0): Promise<boolean> {
    return this.when(() => this.text.includes(wanted, from), withinMs);
  }

  /** Waits for the other side to end the connection. */
  untilEnd(withinMs: number): Promise<boolean> {
    return this.when(() => this.ended !== null, withinMs);
  }

  /** Closes as an exiting process does: what was written goes out, then FIN. */
  close(): void {
    this.socket.destroySoon();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  #end(how: PeerEnd): void {
    this.ended ??= how;
    this.#wake();
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** Connects to a port of 127.0.0.1. @throws Error when nobody accepts */
export async function connectPeer(port: number): Promise<Peer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return new Peer(socket);
}
