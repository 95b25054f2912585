import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAnswers } from './answer-reader.ts';
import { GatewayProcess, type Usage } from './gateway-process.ts';
import { Ledger, type Violation } from './ledger.ts';
import { type FuzzCase, makeCase } from './make-case.ts';
import { FuzzUpstream } from './upstream.ts';

export interface FuzzOptions {
  /** Folder with the compiled gateway. */
  folder: string;
  seed: number;
  /** How many clients' connections; or these cases alone. */
  requests: number;
  cases?: readonly FuzzCase[];
  /** Clients at a time. */
  concurrency: number;
  /** Stops at so many violations. */
  mostViolations?: number;
  onProgress?: (done: number) => void;
}

export interface FuzzResult {
  cases: number;
  upstreamRequests: number;
  statuses: Record<string, number>;
  violations: Violation[];
  durationMs: number;
  /** Requests of honest clients in between, all served. */
  honest: number;
  start: Usage & { descriptors: number | null };
  end: Usage & { descriptors: number | null };
}

const HONEST_EVERY = 500;
const HONEST_WITHIN_MS = 15_000;
/** Longer than every linger and keep-alive of the gateway towards its upstream. */
const SETTLE_MS = 20_000;
/** Cases before memory is measured for the first time: code is compiled and pools filled by then. */
const WARM_UP_CASES = 1_000;
const MOST_HEAP_GROWTH_BYTES = 12 * 2 ** 20;
const MOST_RSS_GROWTH_BYTES = 64 * 2 ** 20;

const NOTHING: Usage = { rss: 0, heapUsed: 0, handles: 0 };

/** Sends damaged requests and answers through one gateway process and watches what it does. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const ledger = new Ledger();
  const upstream = new FuzzUpstream(ledger);
  const gateway = await GatewayProcess.start(options.folder, await upstream.listen());
  const run = new Run(options, ledger, gateway);
  try {
    const startedMs = performance.now();
    const start = await run.warmUp();
    await run.all();
    const end = await run.coolDown(start);
    return {
      cases: run.done,
      upstreamRequests: upstream.requests,
      statuses: Object.fromEntries([...ledger.statuses].sort()),
      violations: ledger.violations,
      durationMs: performance.now() - startedMs,
      honest: run.honest,
      start,
      end,
    };
  } finally {
    await gateway.stop();
    upstream.close();
  }
}

class Run {
  done = 0;
  honest = 0;
  readonly #options: FuzzOptions;
  readonly #ledger: Ledger;
  readonly #gateway: GatewayProcess;
  /** The last case that used a port of the clients' side. */
  readonly #caseOfPort = new Map<number, number>();
  #next = 0;

  constructor(options: FuzzOptions, ledger: Ledger, gateway: GatewayProcess) {
    this.#options = options;
    this.#ledger = ledger;
    this.#gateway = gateway;
  }

  get #isOver(): boolean {
    const { mostViolations = 1 } = this.#options;
    return this.#gateway.death !== null || this.#ledger.violations.length >= mostViolations;
  }

  async warmUp(): Promise<FuzzResult['start']> {
    const descriptors = this.#gateway.descriptors();
    await this.#honestClients();
    await this.#work(Math.min(WARM_UP_CASES, this.#count / 4));
    return { ...((await this.#gateway.usage()) ?? NOTHING), descriptors };
  }

  async all(): Promise<void> {
    await this.#work(this.#count);
    await this.#honestClients();
  }

  async coolDown(start: FuzzResult['start']): Promise<FuzzResult['end']> {
    const { death } = this.#gateway;
    if (death !== null) {
      this.#fault('gateway-died', `the process ended with ${death}`);
      return { ...NOTHING, descriptors: 0 };
    }
    const descriptors = await this.#gateway.settle(start.descriptors, SETTLE_MS);
    const usage = (await this.#gateway.usage()) ?? NOTHING;
    if ((descriptors ?? 0) > (start.descriptors ?? 0))
      this.#fault(
        'descriptors-leaked',
        `${descriptors} descriptors are open, ${start.descriptors} at the start; listening on ${this.#gateway.port}:`,
        this.#gateway.sockets(),
      );
    if (usage.heapUsed - start.heapUsed > MOST_HEAP_GROWTH_BYTES)
      this.#fault('heap-grew', `from ${start.heapUsed} to ${usage.heapUsed} bytes`);
    if (usage.rss - start.rss > MOST_RSS_GROWTH_BYTES)
      this.#fault('memory-grew', `from ${start.rss} to ${usage.rss} bytes`);
    return { ...usage, descriptors };
  }

  get #count(): number {
    return this.#options.cases?.length ?? this.#options.requests;
  }

  /** Runs cases until so many have been started. */
  async #work(until: number): Promise<void> {
    const worker = async (): Promise<void> => {
      while (this.#next < until && !this.#isOver) {
        const index = this.#next++;
        if (index % HONEST_EVERY === HONEST_EVERY - 1) await this.#honestClients();
        await this.#client(this.#options.cases?.[index] ?? makeCase(this.#options.seed, index));
        this.done++;
        this.#options.onProgress?.(this.done);
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, worker));
  }

  /** One damaged client. */
  async #client(of: FuzzCase): Promise<void> {
    this.#ledger.expect(of);
    const socket = connect({
      port: this.#gateway.port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    });
    const closed = untilClosed(socket);
    let text = '';
    let quiet: NodeJS.Timeout | undefined;
    const leave = (): void => {
      if (of.leaves === 'reset') socket.resetAndDestroy();
      else if (of.leaves === 'half' && socket.writable) {
        socket.end();
        setTimeout(() => socket.destroy(), 20);
      } else socket.destroy();
    };
    const wait = (ms: number): void => {
      clearTimeout(quiet);
      quiet = setTimeout(leave, ms);
    };
    socket.on('connect', () => this.#caseOfPort.set(socket.localPort ?? 0, of.index));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1');
      // A little longer, for what may come that should not.
      wait(isAnswered(text, of) ? 2 : 30);
    });
    for (const [i, piece] of of.pieces.entries()) {
      if (i > 0) await new Promise(setImmediate);
      if (!socket.writable) break;
      socket.write(piece, 'latin1');
    }
    if (text === '') wait(of.patienceMs);
    await closed;
    clearTimeout(quiet);
    this.#ledger.received(of, text);
  }

  /** Honest clients on both routes get their whole answer whatever the others do. */
  async #honestClients(): Promise<void> {
    for (const path of ['stream', 'shop']) {
      if (this.#gateway.death !== null) return;
      const token = `tok${(2 ** 47 + this.honest).toString(16).padStart(12, '0')}`;
      const target = `/${path}/${token}`;
      const body = token.repeat(50);
      this.#ledger.expect({
        index: -1,
        pieces: [],
        tokens: new Set([token]),
        requests: [{ line: '', method: 'GET', target, fields: [], body: '' }],
        answers: new Map([
          [
            token,
            { pieces: [`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`], ending: 'keep' },
          ],
        ]),
        patienceMs: 0,
        leaves: 'close',
        edits: 0,
      });
      if (!(await isServed(this.#gateway.port, target, body)))
        this.#fault('not-served', `an honest client of /${path} got no answer`);
      this.honest++;
    }
  }

  /** The case whose connection the gateway still holds. */
  #caseAmong(sockets: string): number | null {
    const ports = [...sockets.matchAll(/-> (\d+)/g)].map((match) => Number(match[1]));
    const found = ports.find((port) => this.#caseOfPort.has(port));
    return found === undefined ? null : (this.#caseOfPort.get(found) ?? null);
  }

  #fault(kind: string, what: string, bytes = ''): void {
    this.#ledger.violations.push({ kind, caseIndex: this.#caseAmong(bytes), what, bytes });
  }
}

async function isServed(port: number, target: string, body: string): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
  });
  const closed = untilClosed(socket);
  socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await Promise.race([closed, sleep(HONEST_WITHIN_MS)]);
  socket.destroy();
  return text.startsWith('HTTP/1.1 200 OK\r\n') && text.endsWith(`\r\n\r\n${body}`);
}

function isAnswered(text: string, { requests }: FuzzCase): boolean {
  if (requests.length === 0) return true;
  const { answers } = readAnswers(
    text,
    requests.map(({ method }) => method),
  );
  return answers.length === requests.length && answers.every(({ end }) => end === 'whole');
}

/** Unlike `events.once` it does not mind how. */
function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
