import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** Bound for things that take milliseconds on an idle machine. */
const WITHIN_MS = 10_000;

/** How a connection ended, seen from this side. */
export type PeerEnd = 'fin' | 'reset';

/** One side of a TCP connection in the hands of a test: bytes are latin1 text, nothing is interpreted. */
export class RawPeer {
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
    this.socket.write(text, 'latin1');
  }

  /** Resolves with all text once it holds what is looked for; fails when the connection ends before. */
  until(wanted: string | RegExp): Promise<string> {
    const isThere = () => (typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text));
    return this.#when(isThere, () => this.ended !== null, `text like ${wanted}`);
  }

  /** Resolves when the connection is over, with how it ended. */
  async untilEnd(): Promise<PeerEnd> {
    await this.#when(
      () => this.ended !== null,
      () => false,
      'the end',
    );
    return this.ended as PeerEnd;
  }

  /** Status and fields of the first answer received. */
  async head(): Promise<ParsedHead> {
    return parseHead(await this.until('\r\n\r\n'));
  }

  #when(isThere: () => boolean, isHopeless: () => boolean, what: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const stop = (act: () => void) => {
        this.#waiting.delete(look);
        clearTimeout(timer);
        act();
      };
      const state = () => `connection ${this.ended ?? 'open'}, received:\n${this.text.slice(0, 2_000)}`;
      const look = () => {
        if (isThere()) stop(() => resolve(this.text));
        else if (isHopeless()) stop(() => reject(new Error(`no ${what}: ${state()}`)));
      };
      const timer = setTimeout(
        () => stop(() => reject(new Error(`no ${what} within ${WITHIN_MS} ms: ${state()}`))),
        WITHIN_MS,
      );
      this.#waiting.add(look);
      look();
    });
  }

  #end(how: PeerEnd): void {
    this.ended ??= how;
    this.#wake();
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}

export interface ParsedHead {
  status: number;
  statusLine: string;
  /** Values by lower-case name, repeats joined with a comma. */
  fields: Record<string, string>;
  /** What came after the head. */
  body: string;
}

export function parseHead(text: string): ParsedHead {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const fields: Record<string, string> = {};
  for (const line of lines) {
    const [name = '', ...value] = line.split(':');
    const key = name.toLowerCase();
    const joined = value.join(':').trim();
    fields[key] = key in fields ? `${fields[key]}, ${joined}` : joined;
  }
  return { status: Number(statusLine.split(' ')[1]), statusLine, fields, body: text.slice(end + 4) };
}

/** Connects to a port of 127.0.0.1; closed at the end of the test. */
export async function connectPeer(port: number, allowHalfOpen = true): Promise<RawPeer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return new RawPeer(socket);
}

/** An upstream whose every byte is written by the test. */
export interface ScriptedUpstream {
  port: number;
  url: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Everything received on any connection. */
  readonly received: string;
  /** The next connection not handed out yet. */
  next(): Promise<RawPeer>;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<ScriptedUpstream> {
  const peers: RawPeer[] = [];
  let taken = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => peers.push(new RawPeer(socket)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const close = async () => {
    for (const { socket } of peers) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get accepted() {
      return peers.length;
    },
    get received() {
      return peers.map((peer) => peer.text).join('');
    },
    async next() {
      const until = performance.now() + WITHIN_MS;
      while (peers.length <= taken) {
        if (performance.now() > until) throw new Error('the upstream got no connection');
        await sleep(1);
      }
      return peers[taken++] as RawPeer;
    },
    close,
  };
}
