import { createServer, type RequestListener, type Server } from 'node:http';
import { listen } from '../../src/http/listen.ts';

export interface TestServer {
  url: string;
  server: Server;
  close(): void;
}

/** An HTTP server on a free loopback port that answers with `listener`. */
export async function startTestServer(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener);
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Calls `send` with 1, 2, … every `intervalMs`, then `done`; stops when the connection is gone. */
export function everyInterval(
  connection: { on(event: 'close', listener: () => void): unknown },
  { intervalMs, count }: { intervalMs: number; count: number },
  send: (n: number) => void,
  done: () => void,
): void {
  let n = 0;
  const timer = setInterval(() => {
    n += 1;
    send(n);
    if (n < count) return;
    clearInterval(timer);
    done();
  }, intervalMs);
  connection.on('close', () => clearInterval(timer));
}

/** A loopback port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
