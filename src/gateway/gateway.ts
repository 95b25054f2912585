import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { formatAddress, type ListenAddress, listen, removeStaleSocket } from '../http/listen.ts';
import { logExchange } from './access-log.ts';
import type { AdminServer } from './admin.ts';
import { type BrowserLimit, watchBrowserLimit } from './browser-limit.ts';
import { publish } from './channels.ts';
import type { ClientSide } from './client-side.ts';
import type { WorkerSnapshot } from './cluster-messages.ts';
import { type ConnectionLimit, limitConnections } from './connection-limit.ts';
import { type Drain, startDrain } from './drain.ts';
import { GatewayError } from './errors.ts';
import { Exchange, type ExchangeHost } from './exchange.ts';
import { ENDED_BY, factsOf } from './exchange-facts.ts';
import { forward } from './forward.ts';
import { createHoldLog } from './hold-log.ts';
import { wireHttp1 } from './http1-wiring.ts';
import type { Http2Client } from './http2-client.ts';
import { createHttp2Sessions, type Http2Sessions } from './http2-sessions.ts';
import { LIMITS } from './limits.ts';
import type { GatewayMetrics } from './metrics.ts';
import { type GatewayOptions, type GatewaySettings, resolveOptions, tlsFilesOf } from './options.ts';
import { needRestart, ReloadableSettings } from './settings-holder.ts';
import type { HoldKind } from './stream-watch.ts';
import { acceptedSocketOf } from './tcp-sockets.ts';
import { createTlsFront, type TlsFront } from './tls-front.ts';
import type { UpgradeRequest } from './upgrade.ts';
import { startWatchTimer } from './watch-timer.ts';

export type { GatewayOptions } from './options.ts';

/** A gateway that listens. */
export interface RunningGateway {
  /** `http://host:port` or `https://host:port` of the address in use; `unix:` and the path of a unix socket. */
  readonly url: string;
  readonly address: ListenAddress;
  /** `http://host:port` of the admin server; null without one. */
  readonly adminUrl: string | null;
  /** Requests and streams under way. */
  readonly openExchanges: number;
  /** How long {@link close} takes at most, in milliseconds. */
  readonly closesWithinMs: number;
  /**
   * Reads the certificate for clients and its key again, as happens by itself when the files change; open connections
   * keep theirs. Returns false, and says why in the log, when they cannot be used: the ones in use stay. Without TLS
   * there is nothing to do.
   */
  reloadCertificate(): boolean;
  /**
   * Drains: after `drainDelayMs` takes no new connection; within `drainTimeoutMs` ends each stream between two events,
   * then breaks the rest off. Resolves when every connection is closed. A second call ends the wait.
   */
  close(): Promise<void>;
  /**
   * Puts other options in force: for what comes from now on, never for what is under way. Returns the names of those
   * that differ and take a restart: `listen`, `admin`, `maxConnections`, `tlsCert`, `tlsKey`.
   * @throws GatewayOptionError when an option cannot be used; the old ones stay in force then
   */
  reload(options: GatewayOptions): readonly string[];
}

/** How often Node looks for request heads that take too long; its default of 30 s makes any limit 30 s late. */
const HEAD_CHECK_MS = 1_000;

/** Longer than the 60 s for which common load balancers keep a connection, so that they never reuse a closing one. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Starts a gateway: an HTTP server that passes every request to one upstream, streams without holding a byte.
 * @throws GatewayOptionError when an option cannot be used
 * @throws ListenError when the address cannot be had
 */
export async function createGateway(options: GatewayOptions): Promise<RunningGateway> {
  const settings = resolveOptions(options);
  const { path } = settings.listen;
  // Of several processes the first one sees to it.
  if (path !== undefined) await removeStaleSocket(path);
  const gateway = new Gateway(settings);
  await gateway.listen();
  return gateway;
}

/**
 * As {@link createGateway}, for one of several processes: without an admin server, but with the books that one in
 * another process can show.
 */
export async function createWorkerGateway(
  options: GatewayOptions,
): Promise<{ gateway: RunningGateway; snapshot: () => Promise<WorkerSnapshot> }> {
  const gateway = new Gateway(resolveOptions({ ...options, admin: null }));
  const snapshot = await gateway.keepBooks();
  await gateway.listen();
  return { gateway, snapshot };
}

/** How long what was written last may take to get to slow readers. */
const lastWriteMs = (slowClientTimeoutMs: number): number => Math.min(slowClientTimeoutMs, 2_000);

/** How long the shutdown of a gateway with these settings takes at most. */
export function closesWithinMs({
  drainDelayMs,
  drainTimeoutMs,
  slowClientTimeoutMs,
}: GatewaySettings): number {
  return drainDelayMs + drainTimeoutMs + lastWriteMs(slowClientTimeoutMs);
}

class Gateway implements RunningGateway, ExchangeHost {
  address: ListenAddress;
  readonly #settings: ReloadableSettings;
  readonly #server: Server;
  readonly #http2: Http2Sessions | null;
  readonly #tls: TlsFront | null;
  readonly #open = new Set<Exchange>();
  /** Connections with an exchange under way; never two, since requests wait for their turn. */
  readonly #busy = new WeakSet<object>();
  readonly #limit: ConnectionLimit;
  readonly #browsers: BrowserLimit;
  /** Places for streams that are taken. */
  #streams = 0;
  #admin: AdminServer | null = null;
  #books: Omit<GatewayMetrics, 'text' | 'snapshot'> | null = null;
  readonly #logHold = createHoldLog();
  readonly #stopWatching = startWatchTimer(this.#open);
  #closing: Promise<void> | null = null;
  #drain: Drain | null = null;
  #endWait: () => void = () => {};

  constructor(settings: GatewaySettings) {
    this.#settings = new ReloadableSettings(settings);
    this.address = settings.listen;
    this.#browsers = watchBrowserLimit(settings.logger);
    const options: ServerOptions = {
      insecureHTTPParser: false,
      // Checked in request-head.ts: Node's own answer would carry no Proxy-Status.
      requireHostHeader: false,
      maxHeaderSize: LIMITS.requestHeadBytes,
      headersTimeout: settings.requestHeadTimeoutMs,
      // Node's limit on whole requests would cut long uploads and duplex streams; bodies have an idle limit here.
      requestTimeout: 0,
      connectionsCheckingInterval: HEAD_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    };
    const files = tlsFilesOf(settings);
    this.#http2 = files === null ? null : this.#createHttp2Sessions();
    this.#tls =
      files === null || this.#http2 === null
        ? null
        : createTlsFront({
            files,
            server: options,
            handshakeTimeoutMs: settings.requestHeadTimeoutMs,
            http2: this.#http2,
            logger: settings.logger,
          });
    this.#server = this.#tls?.server ?? createServer(options);
    wireHttp1(this.#server, {
      serve: (client, upgrade) => this.#serve(this.#begin(client), upgrade),
      refuse: (client, fault) => this.#begin(client).fail(new GatewayError(fault)),
      rejected: (fault) => this.#books?.rejected(fault),
      isBusy: (socket) => this.#busy.has(socket),
    });
    this.#limit = limitConnections(this.#server, settings.maxConnections, () =>
      this.#books?.rejected('connection-limit'),
    );
  }

  get settings(): GatewaySettings {
    return this.#settings.current;
  }

  get url(): string {
    if (this.address.path !== undefined) return formatAddress(this.address);
    return `${this.#tls === null ? 'http' : 'https'}://${formatAddress(this.address)}`;
  }

  get adminUrl(): string | null {
    return this.#admin?.url ?? null;
  }

  get openExchanges(): number {
    return this.#open.size;
  }

  get closesWithinMs(): number {
    return closesWithinMs(this.settings);
  }

  get isDraining(): boolean {
    return this.#closing !== null;
  }

  async listen(): Promise<void> {
    await this.#listenForAdmin();
    try {
      this.address = await listen(this.#server, this.settings.listen);
    } catch (error) {
      this.#tls?.close();
      await this.#admin?.close();
      throw error;
    }
    this.#server.on('error', (error) => this.settings.logger.error({ err: error }, 'server'));
  }

  /** Before clients are served, so that nobody is cut off when the admin's address cannot be had. */
  async #listenForAdmin(): Promise<void> {
    const { admin, logger } = this.settings;
    if (admin === null) return;
    // Loaded only where it is asked for: the metrics' library takes a tenth of a second.
    const { createAdmin } = await import('./admin.ts');
    const running = await createAdmin(admin, {
      open: this.#open,
      isReady: () => this.#server.listening && !this.isDraining,
      isDraining: () => this.isDraining,
      logger,
    });
    this.#admin = running;
    this.#books = running;
  }

  /** Keeps books without showing them; the function says what is in them. */
  async keepBooks(): Promise<() => Promise<WorkerSnapshot>> {
    const [{ createMetrics }, { listStreams }] = await Promise.all([
      import('./metrics.ts'),
      import('./admin-streams.ts'),
    ]);
    const metrics = createMetrics({ open: this.#open, isDraining: () => this.isDraining });
    this.#books = metrics;
    return async () => ({ metrics: await metrics.snapshot(), streams: listStreams(this.#open) });
  }

  reloadCertificate(): boolean {
    return this.#tls?.reload() ?? true;
  }

  #createHttp2Sessions(): Http2Sessions {
    const { requestHeadTimeoutMs, slowClientTimeoutMs, logger } = this.settings;
    return createHttp2Sessions({
      headTimeoutMs: requestHeadTimeoutMs,
      keepAliveMs: KEEP_ALIVE_MS,
      slowClientTimeoutMs,
      isSurplus: (socket) => this.#limit.isSurplus(acceptedSocketOf(socket)),
      serve: (client) => this.#serveHttp2(client),
      closedFor: (reason, detail) => {
        this.#books?.http2Closed(reason);
        logger.info({ reason, detail }, 'HTTP/2 connection closed');
      },
    });
  }

  #serveHttp2(client: Http2Client): void {
    const { fault } = client.head;
    const exchange = this.#begin(client);
    if (fault === null || client.isGone) this.#serve(exchange, null);
    else exchange.fail(new GatewayError(fault));
  }

  #serve(exchange: Exchange, upgrade: UpgradeRequest | null): void {
    const { client, connection } = exchange;
    // An address that cannot be asked for any more is that of a connection that was reset; unix sockets have none.
    const isReset = connection.remoteAddress === undefined && this.address.path === undefined;
    if (client.isGone || isReset) exchange.leave();
    else if (this.#limit.isSurplus(acceptedSocketOf(connection as Socket)))
      exchange.fail(new GatewayError('connection-limit'));
    else {
      forward(exchange, this.#settings.transportsOf(exchange), upgrade);
      if (!exchange.isSettled) this.#browsers.opened(exchange);
    }
  }

  admitStream(): void {
    const { maxStreams } = this.settings;
    if (maxStreams !== null && this.#streams >= maxStreams) throw new GatewayError('stream-limit');
    this.#streams++;
  }

  #begin(client: ClientSide): Exchange {
    const exchange = new Exchange(this, client);
    this.#open.add(exchange);
    this.#settings.began(exchange);
    this.#drain?.add(exchange);
    this.#busy.add(client.out);
    return exchange;
  }

  unmarkedBreak(exchange: Exchange): void {
    this.#books?.unmarkedBreak();
    this.settings.logger.warn(
      { id: exchange.id, path: exchange.path },
      'a broken answer looks whole to its client',
    );
  }

  settled(exchange: Exchange): void {
    this.#open.delete(exchange);
    this.#settings.ended(exchange);
    this.#drain?.remove(exchange);
    if (exchange.holdsStream) this.#streams--;
    this.#busy.delete(exchange.out);
    this.#browsers.settled(exchange);
    logExchange(this.settings.logger, exchange);
    this.#books?.settled(exchange);
    this.#publishEnd(exchange);
    if (!this.isDraining) return;
    if (this.#open.size === 0 && this.#drain !== null) this.#endWait();
    setImmediate(() => this.#server.closeIdleConnections());
  }

  #publishEnd(exchange: Exchange): void {
    const { outcome, detail } = exchange;
    if (outcome === null) return;
    publish('unclog:request:end', () => ({
      ...factsOf(exchange),
      outcome,
      endedBy: ENDED_BY[outcome],
      detail,
    }));
  }

  answered(exchange: Exchange): void {
    publish('unclog:response:head', () => factsOf(exchange));
  }

  firstEvent(exchange: Exchange): void {
    publish('unclog:stream:first-event', () => factsOf(exchange));
  }

  paused(exchange: Exchange, ms: number): void {
    this.#books?.paused(exchange, ms);
  }

  held(exchange: Exchange, kind: HoldKind): void {
    this.#logHold(this.settings.logger, exchange, kind);
    this.#books?.held(exchange, kind);
    publish('unclog:stream:hold', () => ({ ...factsOf(exchange), hold: kind }));
  }

  reload(options: GatewayOptions): readonly string[] {
    const before = this.settings;
    // Nothing is logged elsewhere all of a sudden, unless that is asked for.
    const after = resolveOptions({ logger: before.logger, ...options });
    const left = needRestart(before, after);
    const { listen, admin, maxConnections, tlsCert, tlsKey } = before;
    this.#settings.replace({ ...after, listen, admin, maxConnections, tlsCert, tlsKey });
    this.#server.headersTimeout = after.requestHeadTimeoutMs;
    publish('unclog:gateway:reload', () => ({ needRestart: left }));
    return left;
  }

  close(): Promise<void> {
    if (this.#closing === null) this.#closing = this.#shutDown();
    else this.#endWait();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    const { drainTimeoutMs, drainDelayMs, drainRetryMs, slowClientTimeoutMs, logger } = this.settings;
    const open = this.#open.size;
    logger.info({ open, drainDelayMs, drainTimeoutMs }, 'draining');
    publish('unclog:gateway:drain', () => ({ open, delayMs: drainDelayMs, timeoutMs: drainTimeoutMs }));
    // A second signal ends both waits.
    const isOver = drainDelayMs > 0 && (await this.#wait(drainDelayMs)) === 'ended';
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#tls?.close();
    this.#http2?.drain();
    const drain = startDrain({ timeoutMs: drainTimeoutMs, retryMs: drainRetryMs, random: Math.random });
    this.#drain = drain;
    for (const exchange of this.#open) drain.add(exchange);
    if (!isOver && this.#open.size > 0) await this.#wait(drainTimeoutMs);
    drain.end();
    // What was written last may still be on its way to slow readers; that has its own bound.
    const late = setTimeout(() => this.#cutAll(), lastWriteMs(slowClientTimeoutMs));
    await closed;
    clearTimeout(late);
    this.#stopWatching();
    await this.#settings.close();
    await this.#admin?.close();
  }

  #cutAll(): void {
    this.#server.closeAllConnections();
    this.#http2?.destroyAll();
  }

  #wait(forMs: number): Promise<'over' | 'ended'> {
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve('over'), forMs);
      this.#endWait = () => {
        clearTimeout(late);
        resolve('ended');
      };
    });
  }
}
