import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import { type ListenAddress, ListenError, removeStaleSocket } from '../http/listen.ts';
import { type AdminServer, serveAdmin } from './admin.ts';
import { type CheckPath, startCheckPath } from './check-path.ts';
import { createPastCounts, mergeMetrics, mergeStreams } from './cluster-books.ts';
import type { FromWorker, ToWorker, WorkerOrders, WorkerSnapshot } from './cluster-messages.ts';
import { createSnapshotRequests, type SnapshotRequests } from './cluster-snapshots.ts';
import { WORKER_VARIABLE } from './cluster-worker.ts';
import { urlsOf } from './listeners.ts';
import { METRICS_CONTENT_TYPE } from './metrics.ts';
import type { GatewayOptions, GatewaySettings } from './options.ts';
import { resolveOptions } from './resolve-options.ts';
import { createRestartPolicy } from './restart-policy.ts';
import { closesWithinMs, type RunningGateway } from './running-gateway.ts';
import { keepMadeOnce, needRestart } from './settings-holder.ts';
import { shareOf } from './worker-share.ts';

/** Several processes that serve one address. */
export interface RunningCluster
  extends Pick<RunningGateway, 'urls' | 'adminUrl' | 'close' | 'closesWithinMs'> {
  /** As {@link RunningGateway.reload}, in every worker and in those that replace them. */
  reload(options: ClusterOptions['gateway'], logLevel: string): readonly string[];
  /** Tells the workers to read the certificate for clients again. Each says in the log how that went. */
  reloadCertificate(): void;
  /** Resolves, with a sentence that says why, when no worker is left and starting more is of no use. */
  readonly gaveUp: Promise<string>;
}

export interface ClusterOptions {
  /** At least 2: one process needs no cluster. */
  workers: number;
  gateway: GatewayOptions & { logger: Logger };
  /** For the workers' own loggers. */
  logLevel: string;
}

/** What a worker gets to end in, beyond the drain's own bounds, before it is killed. */
const END_GRACE_MS = 5_000;

interface Member {
  worker: Worker;
  /** On the clock of `performance.now()`; null until it listens. */
  listeningSinceMs: number | null;
  /** Reloads that its orders take into account. */
  reloads: number;
  /** What the admin server last showed of it. */
  last: WorkerSnapshot | null;
}

/**
 * Starts so many processes of this program that serve one address together: this process accepts and hands each
 * connection to the next worker in turn, since streams stay where they began. Resolves when all of them listen.
 * @throws GatewayOptionError when an option cannot be used
 * @throws ListenError when an address cannot be had
 */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const started = new Cluster(options);
  await started.start();
  return started;
}

class Cluster implements RunningCluster {
  readonly gaveUp: Promise<string>;
  #options: ClusterOptions;
  #settings: GatewaySettings;
  readonly #logger: Logger;
  readonly #members = new Map<number, Member>();
  readonly #past = createPastCounts();
  readonly #restarts = createRestartPolicy();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #snapshots: SnapshotRequests;
  #reloads = 0;
  #addresses: readonly ListenAddress[] = [];
  #admin: AdminServer | null = null;
  #check: CheckPath | null = null;
  #closing: Promise<void> | null = null;
  #onListening: () => void = () => {};
  #onFailed: ((error: Error) => void) | null = null;
  #onEmpty: () => void = () => {};
  #giveUp: (why: string) => void = () => {};

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#settings = resolveOptions(options.gateway);
    this.#logger = options.gateway.logger;
    this.#snapshots = createSnapshotRequests(this.#logger);
    this.gaveUp = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  get urls(): string[] {
    return urlsOf(this.#settings.listeners, this.#addresses);
  }

  get adminUrl(): string | null {
    return this.#admin?.url ?? null;
  }

  async start(): Promise<void> {
    const { admin, listeners } = this.#settings;
    for (const { listen } of listeners) if (listen.path !== undefined) await removeStaleSocket(listen.path);
    if (admin !== null) this.#admin = await serveAdmin(admin, this.#pages());
    if (this.#settings.check !== null) this.#check = await startCheckPath(this.#settings.check);
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.on('message', (worker: Worker, message: FromWorker) => this.#heard(worker, message));
    cluster.on('exit', (worker: Worker, code: number, signal: string) => this.#exited(worker, code, signal));
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onListening = resolve;
        this.#onFailed = reject;
        for (let i = 0; i < this.#options.workers; i++) this.#fork();
      });
    } catch (error) {
      this.#closing = Promise.resolve();
      this.#killAll();
      await this.#admin?.close();
      await this.#check?.close();
      throw error;
    } finally {
      this.#onFailed = null;
    }
  }

  get closesWithinMs(): number {
    return closesWithinMs(this.#settings) + END_GRACE_MS;
  }

  reload(gateway: ClusterOptions['gateway'], logLevel: string): readonly string[] {
    const after = resolveOptions(gateway);
    const left = needRestart(this.#settings, after);
    this.#settings = keepMadeOnce(this.#settings, after);
    this.#options = { ...this.#options, gateway, logLevel };
    this.#reloads++;
    for (const member of this.#members.values())
      if (member.listeningSinceMs !== null) this.#bringUpToDate(member);
    return left;
  }

  close(): Promise<void> {
    if (this.#closing === null) this.#closing = this.#drain();
    else this.#tellAll({ type: 'drain' });
    return this.#closing;
  }

  reloadCertificate(): void {
    this.#tellAll({ type: 'reload-certificate' });
  }

  async #drain(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const { worker, listeningSinceMs } of this.#members.values())
      if (listeningSinceMs === null) worker.process.kill('SIGKILL');
    this.#tellAll({ type: 'drain' });
    const late = setTimeout(() => this.#killAll(), this.closesWithinMs);
    if (this.#members.size > 0) await empty;
    clearTimeout(late);
    await this.#admin?.close();
    await this.#check?.close();
  }

  #fork(): void {
    const worker = cluster.fork({ [WORKER_VARIABLE]: '1' });
    worker.on('error', (error) => this.#logger.error({ err: error, worker: worker.process.pid }, 'worker'));
    this.#members.set(worker.id, { worker, listeningSinceMs: null, reloads: 0, last: null });
  }

  #orders(): WorkerOrders {
    const { workers, gateway, logLevel } = this.#options;
    return { logLevel, options: shareOf(gateway, workers), checkUrl: this.#check?.url ?? null };
  }

  #heard(worker: Worker, message: FromWorker): void {
    const member = this.#members.get(worker.id);
    if (member === undefined) return;
    if (message.type === 'hello') {
      member.reloads = this.#reloads;
      worker.send({ type: 'start', orders: this.#orders() } satisfies ToWorker);
    } else if (message.type === 'snapshot') this.#snapshots.answered(message);
    else if (message.type === 'learned') this.#passOn(worker, message);
    else if (message.type === 'failed') {
      this.#logger.error({ worker: worker.process.pid, code: message.code }, message.message);
      this.#onFailed?.(new ListenError(message.code, message.message));
    } else if (message.type === 'listening') {
      member.listeningSinceMs = performance.now();
      this.#bringUpToDate(member);
      this.#addresses = message.addresses;
      if (this.#serving === this.#options.workers) this.#onListening();
    }
  }

  /** One that was starting while options were reloaded has the old ones. */
  #bringUpToDate(member: Member): void {
    if (member.reloads === this.#reloads) return;
    member.reloads = this.#reloads;
    member.worker.send({ type: 'reload', orders: this.#orders() } satisfies ToWorker, () => {});
  }

  /** What one worker has learned, the others know as well. */
  #passOn(from: Worker, message: ToWorker): void {
    for (const { worker, listeningSinceMs } of this.#members.values())
      if (worker !== from && listeningSinceMs !== null) worker.send(message, undefined, () => {});
  }

  get #serving(): number {
    return [...this.#members.values()].filter(({ listeningSinceMs }) => listeningSinceMs !== null).length;
  }

  #exited(worker: Worker, code: number, signal: string): void {
    const member = this.#members.get(worker.id);
    if (member === undefined) return;
    this.#members.delete(worker.id);
    if (member.last !== null) void this.#past.add(member.last);
    if (this.#closing !== null) {
      if (this.#members.size === 0) this.#onEmpty();
      return;
    }
    const how = { worker: worker.process.pid, code, signal };
    if (this.#onFailed !== null) {
      this.#onFailed(new Error(`a worker ended before it listened (${signal ?? `exit code ${code}`})`));
      return;
    }
    const { listeningSinceMs } = member;
    const servedMs = listeningSinceMs === null ? 0 : performance.now() - listeningSinceMs;
    const delayMs = this.#restarts.died(servedMs, this.#serving);
    this.#logger.error({ ...how, servedMs: Math.round(servedMs), replacedInMs: delayMs }, 'worker died');
    if (delayMs === null) this.#giveUp('no worker is left, and new ones end as soon as they begin');
    else this.#forkIn(delayMs);
  }

  #forkIn(delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#fork();
    }, delayMs);
    this.#timers.add(timer);
  }

  #pages() {
    return {
      logger: this.#logger,
      isReady: () => this.#closing === null && this.#onFailed === null && this.#serving > 0,
      metrics: async () => {
        const parts = (await this.#collect()).map(({ last }) => last.metrics);
        return { type: METRICS_CONTENT_TYPE, text: await mergeMetrics([...this.#past.metrics, ...parts]) };
      },
      streams: async () =>
        mergeStreams((await this.#collect()).map(({ pid, last }) => ({ pid, streams: last.streams }))),
    };
  }

  /** What each worker knows; of one that does not answer, what it said last. */
  async #collect(): Promise<{ pid: number; last: WorkerSnapshot }[]> {
    const listening = [...this.#members.values()].filter(({ listeningSinceMs }) => listeningSinceMs !== null);
    await Promise.all(
      listening.map(async (member) => {
        member.last = (await this.#snapshots.ask(member.worker)) ?? member.last;
      }),
    );
    return listening.flatMap(({ worker, last }) =>
      // Counts of one that has gone meanwhile are among the past ones.
      last === null || !this.#members.has(worker.id) ? [] : [{ pid: worker.process.pid ?? 0, last }],
    );
  }

  #tellAll(message: ToWorker): void {
    for (const { worker } of this.#members.values()) if (worker.isConnected()) worker.send(message, () => {});
  }

  #killAll(): void {
    for (const { worker } of this.#members.values()) worker.process.kill('SIGKILL');
  }
}
