import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { readFields } from './answer.ts';
import { Peer } from './peer.ts';

/** One request as it reached the upstream; everything that is answered is written by the check. */
export interface Origin {
  peer: Peer;
  /** Where this request begins in what its connection received. */
  from: number;
  requestLine: string;
  /** Request fields by lower-case name, repeats joined. */
  fields: ReadonlyMap<string, string>;
  /** What came after the head so far. */
  body(): string;
}

/** An upstream whose every byte is written by a check. */
export class Upstream {
  readonly port: number;
  #server: Server | null = null;
  #peers: Peer[] = [];
  #waiting = new Set<() => void>();

  constructor(port: number) {
    this.port = port;
  }

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const peer = new Peer(socket);
      this.#peers.push(peer);
      socket.on('data', () => {
        for (const look of [...this.#waiting]) look();
      });
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  /** Ends every connection. */
  clear(): void {
    for (const { socket } of this.#peers) socket.destroy();
    this.#peers = [];
  }

  async close(): Promise<void> {
    this.clear();
    const server = this.#server;
    this.#server = null;
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  /** Everything received since the last {@link clear}. */
  received(): string {
    return this.#peers.map(({ text }) => text).join('');
  }

  /** The request with this word in its target, its head complete; null when it does not come in time. */
  request(token: string, withinMs: number): Promise<Origin | null> {
    return new Promise((resolve) => {
      const stop = (origin: Origin | null) => {
        this.#waiting.delete(look);
        clearTimeout(timer);
        resolve(origin);
      };
      const look = () => {
        const [origin] = this.requests(token);
        if (origin !== undefined) stop(origin);
      };
      const timer = setTimeout(() => stop(null), withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** Every such request so far: a proxy may have tried again. */
  requests(token: string): Origin[] {
    return this.#peers.flatMap((peer) => {
      const word = peer.text.search(new RegExp(`${token}\\b[^\\r\\n]* HTTP/1`));
      if (word === -1) return [];
      const from = peer.text.lastIndexOf('\n', word) + 1;
      const end = peer.text.indexOf('\r\n\r\n', from);
      if (end === -1) return [];
      const [requestLine = '', ...lines] = peer.text.slice(from, end).split('\r\n');
      return [{ peer, from, requestLine, fields: readFields(lines), body: () => peer.text.slice(end + 4) }];
    });
  }
}

const LISTEN_AND_SLEEP = `
  const server = require('node:net').createServer();
  server.listen({ port: Number(process.argv[1]), host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, 'ready');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
  });`;

/**
 * Makes connection attempts to a port of 127.0.0.1 neither succeed nor fail: a process listens that never accepts, and
 * its queue is full. Returns a function that ends it.
 */
export async function startDeaf(port: number): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ['-e', LISTEN_AND_SLEEP, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const fillers: Socket[] = [];
  const stop = async () => {
    for (const filler of fillers) filler.destroy();
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  };
  await Promise.race([once(child.stdout, 'data'), delay(5_000)]);
  // The queue takes a few; what is not connected after a while is waiting for room.
  for (let tries = 0; tries < 20; tries++) {
    const filler = connect({ port, host: '127.0.0.1' });
    fillers.push(filler);
    filler.on('error', () => {});
    const connected = await Promise.race([once(filler, 'connect').then(() => true), delay(300, false)]);
    if (!connected) {
      filler.destroy();
      return stop;
    }
  }
  await stop();
  throw new Error('the queue of a listener that never accepts does not fill');
}

/** Connection attempts to a port of 127.0.0.1 that wait for an answer: state SYN_SENT in /proc/net/tcp. */
export function countConnecting(port: number): number {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => {
      const [, , remote, state] = line.trim().split(/\s+/);
      return remote === address && state === '02';
    }).length;
}
