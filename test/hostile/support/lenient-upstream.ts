import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type Dialect, readRequest, type SeenRequest, STRICT } from '../../../bench/fuzz/lenient-reader.ts';

/**
 * A server that is easily fooled: it reads requests as its dialect says, answers each in turn with what it reached,
 * never checks anything, and keeps every connection whatever `Connection` says.
 */
export interface LenientUpstream {
  port: number;
  url: string;
  /** Every request it believes it got, in the order in which their heads were read; bodies grow as they come. */
  readonly seen: readonly SeenRequest[];
  /** What of it stands in the requests' targets. */
  readonly targets: string[];
  /** Connections accepted. */
  readonly accepted: number;
}

export interface LenientOptions extends Partial<Dialect> {
  /** Time that it takes for each answer; a connection's requests are answered one after the other. */
  thinkMs?: number;
}

export async function startLenientUpstream(options: LenientOptions = {}): Promise<LenientUpstream> {
  const dialect: Dialect = { ...STRICT, ...options };
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket, dialect, options.thinkMs ?? 0, seen);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    get targets() {
      return seen.map((request) => request.target);
    },
    get accepted() {
      return accepted;
    },
  };
}

function serve(socket: Socket, dialect: Dialect, thinkMs: number, seen: SeenRequest[]): void {
  let text = '';
  let from = 0;
  /** Place in `seen` of the request that is being read. */
  let place = -1;
  let answered = Promise.resolve();
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
    for (;;) {
      const reading = readRequest(text, from, dialect);
      if (reading === null) return;
      if (place === -1) place = seen.length;
      seen[place] = reading.request;
      if (!reading.isWhole) return;
      place = -1;
      from = reading.next;
      const { target } = reading.request;
      answered = answered.then(async () => {
        if (thinkMs > 0) await sleep(thinkMs);
        socket.write(answerFor(target), 'latin1');
      });
    }
  });
}

function answerFor(target: string): string {
  const body = `reached ${target}`;
  const type = target.startsWith('/stream') ? 'text/event-stream' : 'text/plain';
  return `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
