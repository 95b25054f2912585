import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from './ledger.ts';
import { type Dialect, readRequest, type SeenRequest, STRICT } from './lenient-reader.ts';
import type { Answer } from './make-case.ts';

/** Servers with one mistake each: all of them must read the same requests in what the gateway sends. */
const CARELESS: readonly Partial<Dialect>[] = [
  { framing: 'length', codings: 'loose', looseNames: true },
  { lineEnds: 'lf', folding: 'own-field' },
  { lineEnds: 'cr', folding: 'join' },
  { length: 'last', codings: 'loose', looseNames: true, looseSizes: true },
];

/** The upstream of the fuzzed gateway: answers each request as its case says, and checks what it gets. */
export class FuzzUpstream {
  readonly #servers: Server[] = [];
  readonly #ledger: Ledger;
  readonly #sockets = new Set<Socket>();
  requests = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Listens once more; returns the port. */
  async listen(): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
    this.#servers.push(server);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 });
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
  }

  #serve(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    const connection = new Connection(socket, this.#ledger, () => this.requests++);
    socket.on('data', (piece: Buffer) => connection.take(piece.toString('latin1')));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      connection.finish();
    });
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #ledger: Ledger;
  readonly #count: () => void;
  #text = '';
  /** Where the request that is being read begins. */
  #from = 0;
  #current: SeenRequest | null = null;
  readonly #targets: string[] = [];
  /** Switched to another protocol: what follows is the client's own. */
  #tunnelFrom: number | null = null;

  constructor(socket: Socket, ledger: Ledger, count: () => void) {
    this.#socket = socket;
    this.#ledger = ledger;
    this.#count = count;
  }

  take(piece: string): void {
    this.#text += piece;
    while (this.#tunnelFrom === null) {
      const reading = readRequest(this.#text, this.#from, STRICT);
      if (reading === null) return;
      if (this.#current === null) this.#begin(reading.request, reading.next);
      this.#current = reading.request;
      if (!reading.isWhole) return;
      this.#end(reading.request, true);
      this.#from = reading.next;
    }
  }

  /** The connection is over: what all servers would have read in it. */
  finish(): void {
    if (this.#current !== null) this.#end(this.#current, false);
    const text = this.#text.slice(0, this.#tunnelFrom ?? undefined);
    for (const mistakes of CARELESS) {
      const targets = readTargets(text, { ...STRICT, ...mistakes });
      if (targets.join(' ') !== this.#targets.join(' '))
        this.#ledger.violate(
          'ambiguous-request',
          this.#targets[0] ?? '',
          `${JSON.stringify(mistakes)} reads ${targets.join(' ')} in`,
          text,
        );
    }
    if (text !== '' && this.#targets.length === 0)
      this.#ledger.violate('malformed-request', '', 'the upstream got what is no request:', text);
  }

  #begin(request: SeenRequest, next: number): void {
    this.#count();
    this.#targets.push(request.target);
    const text = this.#text.slice(this.#from, next);
    const answer = this.#ledger.arrived(request, text);
    const isUpgrade = request.fields.some(([name]) => name === 'upgrade');
    if (isUpgrade && answer.pieces.join('').includes(' 101')) this.#tunnelFrom = next;
    void this.#answer(answer);
  }

  #end(request: SeenRequest, isWhole: boolean): void {
    this.#current = null;
    this.#ledger.bodyArrived(request, isWhole);
  }

  async #answer({ pieces, ending, delayMs, pauseMs }: Answer): Promise<void> {
    if (delayMs !== undefined) await sleep(delayMs);
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) await (pauseMs === undefined ? new Promise(setImmediate) : sleep(pauseMs));
      if (this.#socket.destroyed) return;
      this.#socket.write(piece, 'latin1');
    }
    if (ending === 'fin') this.#socket.end();
    else if (ending === 'reset') this.#socket.resetAndDestroy();
  }
}

function readTargets(text: string, dialect: Dialect): string[] {
  const targets: string[] = [];
  let at = 0;
  for (;;) {
    const reading = readRequest(text, at, dialect);
    if (reading === null) return targets;
    targets.push(reading.request.target);
    if (!reading.isWhole) return targets;
    at = reading.next;
  }
}
