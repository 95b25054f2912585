import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runClient, untilClosed } from './client.ts';
import { GatewayProcess, type Usage } from './gateway-process.ts';
import { Ledger, type Violation } from './ledger.ts';
import { type FuzzCase, makeCase } from './make-case.ts';
import { checkAdmin, isLogLine, readCounters } from './operations.ts';
import { type Profile, setUp } from './profile.ts';
import { FuzzUpstream } from './upstream.ts';

export interface FuzzOptions {
  /** Folder with the compiled gateway. */
  folder: string;
  seed: number;
  profile: Profile;
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
  /** What came into play of what the profile has on; empty for `plain`. */
  operations: string;
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

/** Of the metrics: that they grow says that the options were met. */
const COUNTERS = ['unclog_heartbeats_total', 'unclog_early_heads_total', 'unclog_rejected_requests_total'];

const NOTHING: Usage = { rss: 0, heapUsed: 0, handles: 0 };

/** Sends damaged requests and answers through one gateway process and watches what it does. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const ledger = new Ledger(options.profile);
  const upstream = new FuzzUpstream(ledger);
  const setup = setUp(options.profile, [await upstream.listen(), await upstream.listen()]);
  let logLines = 0;
  const gateway = await GatewayProcess.start(options.folder, setup, (line) => {
    logLines++;
    if (options.profile === 'full' && !isLogLine(line))
      ledger.violations.push({ kind: 'not-a-log-line', caseIndex: null, what: 'the log has:', bytes: line });
  });
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
      operations:
        options.profile === 'plain' || gateway.death !== null
          ? ''
          : `${await run.operations()}, log lines: ${logLines}`,
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
        await this.#client(
          this.#options.cases?.[index] ?? makeCase(this.#options.seed, index, this.#options.profile),
        );
        this.done++;
        this.#options.onProgress?.(this.done);
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, worker));
  }

  /** One damaged client. */
  async #client(of: FuzzCase): Promise<void> {
    this.#ledger.expect(of);
    const text = await runClient(of, this.#gateway, (port) => this.#caseOfPort.set(port, of.index));
    this.#ledger.received(of, text);
  }

  /** What came into play, as text. */
  async operations(): Promise<string> {
    const { comments, stamps, retries } = this.#ledger.inserted;
    const counters = await readCounters(this.#gateway, COUNTERS);
    return `comment lines: ${comments}, stamps: ${stamps}, retry lines: ${retries}, ${counters}`;
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
    const wrong = await checkAdmin(this.#gateway);
    if (wrong !== null && this.#gateway.death === null) this.#fault('admin', wrong);
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
