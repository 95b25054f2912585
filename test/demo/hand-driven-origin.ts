import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listen } from '../../src/http/listen.ts';

/** A backend that does nothing by itself: the test answers each request by hand. */
export interface HandDrivenOrigin {
  url: string;
  /** Waits for the next request to `/stream`; every other path is answered at once with `Content-Length`. */
  nextStream(): Promise<{ req: IncomingMessage; res: ServerResponse }>;
  close(): Promise<void>;
}

export async function startHandDrivenOrigin(): Promise<HandDrivenOrigin> {
  const waiting: { req: IncomingMessage; res: ServerResponse }[] = [];
  let wake = () => {};
  const server = createServer((req, res) => {
    if (req.url !== '/stream') {
      res.setHeader('Content-Length', 3).end('ok\n');
      return;
    }
    waiting.push({ req, res });
    wake();
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const nextStream = async () => {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, nextStream, close };
}

/** A client that keeps what came byte by byte, the head included. */
export interface RawClient {
  socket: Socket;
  /** All text received so far. */
  text(): string;
  /** Resolves once `part` has come; never otherwise (the test's own time limit ends it). */
  until(part: string): Promise<void>;
  /** Resolves with how the connection ended. */
  ended: Promise<'end' | 'error'>;
}

/** Sends `GET /stream` to a base URL. */
export function openStream(base: string, version: '1.0' | '1.1' = '1.1'): RawClient {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.write(`GET /stream HTTP/${version}\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\n\r\n`);
  let text = '';
  const watchers = new Set<() => void>();
  socket.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
    for (const watcher of watchers) watcher();
  });
  const ended = new Promise<'end' | 'error'>((resolve) => {
    socket.once('end', () => resolve('end')).once('error', () => resolve('error'));
  });
  const until = (part: string) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!text.includes(part)) return;
        watchers.delete(check);
        resolve();
      };
      watchers.add(check);
      check();
    });
  return { socket, text: () => text, until, ended };
}

/**
 * Gives a hop every chance to pass on what it has: a complete exchange through it, then a pause that is long
 * beside a loopback's microseconds.
 */
export async function afterEveryChance(base: string): Promise<void> {
  const response = await fetch(`${base}/other`);
  await response.text();
  await new Promise((resolve) => setTimeout(resolve, 300));
}
