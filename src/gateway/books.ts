import { logExchange } from './access-log.ts';
import type { AdminServer } from './admin.ts';
import { BookingQueue } from './booking-queue.ts';
import { publish } from './channels.ts';
import type { WorkerSnapshot } from './cluster-messages.ts';
import type { Fault } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { ENDED_BY, factsOf } from './exchange-facts.ts';
import { createHoldLog } from './hold-log.ts';
import type { Http2Closing } from './http2-sessions.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { GatewaySettings } from './options.ts';
import type { HoldKind } from './stream-watch.ts';

/** What the books are about. */
export interface BooksSource {
  readonly open: ReadonlySet<Exchange>;
  readonly isDraining: boolean;
  readonly settings: GatewaySettings;
  /** Are clients served? */
  isReady(): boolean;
}

/** Says to the outside what happens: in the log, in metrics, on the admin server and on diagnostics channels. */
export class Books {
  readonly #source: BooksSource;
  readonly #ended = new BookingQueue((exchange: Exchange) => this.#book(exchange));
  readonly #logHold = createHoldLog();
  #admin: AdminServer | null = null;
  /** Null where nobody asks for them. */
  #metrics: Omit<GatewayMetrics, 'text' | 'snapshot'> | null = null;

  constructor(source: BooksSource) {
    this.#source = source;
  }

  get adminUrl(): string | null {
    return this.#admin?.url ?? null;
  }

  /**
   * Opens the admin server, where there is to be one.
   * @throws ListenError when its address cannot be had
   */
  async listen(): Promise<void> {
    const source = this.#source;
    const { admin } = source.settings;
    if (admin === null) return;
    // Loaded only where it is asked for: the metrics' library takes a tenth of a second.
    const { createAdmin } = await import('./admin.ts');
    const running = await createAdmin(admin, {
      open: source.open,
      isReady: () => source.isReady(),
      isDraining: () => source.isDraining,
      catchUp: () => this.catchUp(),
      get logger() {
        return source.settings.logger;
      },
    });
    this.#admin = running;
    this.#metrics = running;
  }

  /** Counts without showing; the function says what there is to show. */
  async keep(): Promise<() => Promise<WorkerSnapshot>> {
    const [{ createMetrics }, { listStreams }] = await Promise.all([
      import('./metrics.ts'),
      import('./admin-streams.ts'),
    ]);
    const { open } = this.#source;
    const metrics = createMetrics({
      open,
      isDraining: () => this.#source.isDraining,
      catchUp: () => this.catchUp(),
    });
    this.#metrics = metrics;
    return async () => ({ metrics: await metrics.snapshot(), streams: listStreams(open) });
  }

  /** Books what is over and not booked yet. */
  catchUp(): void {
    this.#ended.flush();
  }

  async close(): Promise<void> {
    this.catchUp();
    await this.#admin?.close();
  }

  answered(exchange: Exchange): void {
    publish('unclog:response:head', () => factsOf(exchange));
  }

  firstEvent(exchange: Exchange): void {
    publish('unclog:stream:first-event', () => factsOf(exchange));
  }

  paused(exchange: Exchange, ms: number): void {
    this.#metrics?.paused(exchange, ms);
  }

  held(exchange: Exchange, kind: HoldKind): void {
    this.#logHold(this.#source.settings.logger, exchange, kind);
    this.#metrics?.held(exchange, kind);
    publish('unclog:stream:hold', () => ({ ...factsOf(exchange), hold: kind }));
  }

  unmarkedBreak({ id, path }: Exchange): void {
    this.#metrics?.unmarkedBreak();
    this.#source.settings.logger.warn({ id, path }, 'a broken answer looks whole to its client');
  }

  settled(exchange: Exchange): void {
    this.#ended.add(exchange);
    const { outcome, detail } = exchange;
    if (outcome === null) return;
    publish('unclog:request:end', () => ({
      ...factsOf(exchange),
      outcome,
      endedBy: ENDED_BY[outcome],
      detail,
    }));
  }

  #book(exchange: Exchange): void {
    logExchange(this.#source.settings.logger, exchange);
    this.#metrics?.settled(exchange);
  }

  /** A request was refused before it could be served. */
  rejected(fault: Fault): void {
    this.#metrics?.rejected(fault);
  }

  http2Closed(reason: Http2Closing): void {
    this.#metrics?.http2Closed(reason);
  }
}
