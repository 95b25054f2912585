import { setTimeout as delay } from 'node:timers/promises';
import { freePort, makeFolder, type Proxy as RunningProxy, removeFolder, startProxy } from '../processes.ts';
import type { Column } from './columns.ts';
import { connectPeer, type Peer } from './peer.ts';
import { type Origin, Upstream } from './upstream.ts';

/** A request to send; what is left out is an ordinary `GET` by an HTTP/1.1 client. */
export interface RequestWords {
  method?: string;
  version?: '1.0' | '1.1';
  /** Begins with a slash and is put before the request's own word. Default `/stream`, a declared stream route. */
  path?: string;
  /** Field lines, without `Host`. */
  fields?: readonly string[];
  /** Sent right behind the head. */
  body?: string;
}

/** A request on its way. */
export interface Exchange {
  client: Peer;
  /** The word in the target by which the request is found at the upstream. */
  token: string;
  /** Null where the request did not reach the upstream within {@link ARRIVES_WITHIN_MS}. */
  origin: Origin | null;
}

const ARRIVES_WITHIN_MS = 1_500;

/** What a check works with: the product under test, running, between a raw client and a raw upstream. */
export class Stage {
  readonly upstream: Upstream;
  readonly #column: Column;
  readonly #port: number;
  #proxy: RunningProxy | null = null;
  #folder = '';
  #clients: Peer[] = [];
  #tokens = 0;

  private constructor(column: Column, port: number, upstream: Upstream) {
    this.#column = column;
    this.#port = port;
    this.upstream = upstream;
  }

  static async open(column: Column): Promise<Stage> {
    const upstream = new Upstream(await freePort());
    await upstream.listen();
    const stage = new Stage(column, await freePort(), upstream);
    await stage.start();
    return stage;
  }

  async start(): Promise<void> {
    this.#folder = makeFolder();
    const place = { originPort: this.upstream.port, listenPort: this.#port, folder: this.#folder };
    this.#proxy = await startProxy(this.#column.start(place), this.#port, null);
  }

  /** Has the product's process ended by itself? Then its last words, else null. */
  crash(): string | null {
    const proxy = this.#proxy;
    if (proxy === null || proxy.exitCode() === null) return null;
    const lines = proxy.stderr().split('\n');
    return lines.find((line) => /error|exception/i.test(line))?.trim() ?? `exit code ${proxy.exitCode()}`;
  }

  /** Process ids of the product. */
  get pids(): readonly number[] {
    return this.#proxy?.pids ?? [];
  }

  async client(): Promise<Peer> {
    const client = await connectPeer(this.#port);
    this.#clients.push(client);
    return client;
  }

  /** A word that no other request of this stage has. */
  newToken(): string {
    this.#tokens += 1;
    return `m${this.#tokens}m`;
  }

  /** Sends a request without waiting for it at the upstream. */
  async send(words: RequestWords = {}): Promise<{ client: Peer; token: string }> {
    const token = this.newToken();
    const client = await this.client();
    client.write(requestText(token, words));
    return { client, token };
  }

  /** Sends a request and waits for it at the upstream. */
  async exchange(words: RequestWords = {}, withinMs = ARRIVES_WITHIN_MS): Promise<Exchange> {
    const { client, token } = await this.send(words);
    return { client, token, origin: await this.upstream.request(token, withinMs) };
  }

  /** Ends every connection of a check, so that the next one finds none to be used again. */
  async clear(): Promise<void> {
    for (const { socket } of this.#clients) socket.destroy();
    this.#clients = [];
    this.upstream.clear();
    await delay(20);
  }

  async stop(): Promise<void> {
    // The main process first: one that sees its worker die starts another, which would outlive it.
    if (this.#proxy?.exitCode() === null) for (const pid of this.#proxy.pids) kill(pid);
    await this.#proxy?.stop();
    this.#proxy = null;
    removeFolder(this.#folder);
  }

  async close(): Promise<void> {
    await this.clear();
    await this.stop();
    await this.upstream.close();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

export function requestText(token: string, words: RequestWords): string {
  const { method = 'GET', version = '1.1', path = '/stream', fields = [], body = '' } = words;
  const lines = [`${method} ${path}/${token} HTTP/${version}`, 'Host: matrix.test', ...fields, '', ''];
  return lines.join('\r\n') + body;
}
