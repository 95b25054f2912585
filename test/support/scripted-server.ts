import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** Answers one request; `request` is the head as received, without the blank line, and what has come of a body. */
export type Script = (socket: Socket, request: string) => void | Promise<void>;

export interface ScriptedServer {
  port: number;
  /** Request heads in order, of all connections. */
  requests: string[];
  connections: number;
  close(): Promise<void>;
}

/** A server without an HTTP implementation: what it sends is up to the byte. */
export async function startScriptedServer(
  script: Script,
  { tls, path }: { tls?: TlsOptions; path?: string } = {},
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const result = { port: 0, requests: [] as string[], connections: 0 };
  const onConnection = (socket: Socket): void => {
    result.connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      const request = text;
      text = '';
      result.requests.push(request.trimEnd());
      void script(socket, request.trimEnd());
    });
  };
  const server: Server = tls === undefined ? createServer(onConnection) : createTlsServer(tls, onConnection);
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  if (path === undefined) result.port = (server.address() as AddressInfo).port;
  return Object.assign(result, {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

/** Writes pieces one after the other so that each is a socket read of its own; `reads` counts what has arrived. */
export async function writeApart(socket: Socket, pieces: (string | Buffer)[], pauseMs = 25): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
