import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { type ListenAddress, listen, removeStaleSocket } from '../http/listen.ts';
import { logExchange } from './access-log.ts';
import type { AdminServer } from './admin.ts';
import { Admission } from './admission.ts';
import { type BrowserLimit, watchBrowserLimit } from './browser-limit.ts';
import { publish } from './channels.ts';
import { type CheckPath, startCheckPath, withCheckRoute } from './check-path.ts';
import type { ClientSide } from './client-side.ts';
import type { LearnedSession, WorkerSnapshot } from './cluster-messages.ts';
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
import { urlsOf } from './listeners.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { GatewayOptions, GatewaySettings, ListenerSettings } from './options.ts';
import { Places } from './places.ts';
import { resolveOptions } from './resolve-options.ts';
import { keepMadeOnce, needRestart, ReloadableSettings } from './settings-holder.ts';
import type { HoldKind } from './stream-watch.ts';
import { acceptedSocketOf } from './tcp-sockets.ts';
import type { TlsPairFiles } from './tls-files.ts';
import { createTlsFront, type TlsFront } from './tls-front.ts';
import type { UpgradeRequest } from './upgrade.ts';
import { Upstreams } from './upstreams/upstreams.ts';
import { startWatchTimer } from './watch-timer.ts';

export type { GatewayOptions } from './options.ts';

/** A gateway that listens. */
export interface RunningGateway {
  /** `http://host:port` or `https://host:port` of the first address in use; `unix:` and the path of a unix socket. */
  readonly url: string;
  /** The same of all addresses, in the order of the options. */
  readonly urls: readonly string[];
  readonly address: ListenAddress;
  readonly addresses: readonly ListenAddress[];
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
   * that differ and take a restart: `listen`, `tlsCert`, `tlsKey`, `admin`, `maxConnections`, `maxRequestHead`, `check`.
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
  // Of several processes the first one sees to it.
  for (const { listen } of settings.listeners)
    if (listen.path !== undefined) await removeStaleSocket(listen.path);
  const check = settings.check ? await startCheckPath() : null;
  const gateway = new Gateway(settings, { check });
  try {
    await gateway.listen();
  } catch (error) {
    await check?.close();
    throw error;
  }
  return gateway;
}

/**
 * As {@link createGateway}, for one of several processes: without an admin server, but with the books that one in
 * another process can show, and with that one's answers on the check path where it has some.
 */
export async function createWorkerGateway(
  options: GatewayOptions,
  checkUrl: string | null,
  onLearned: (session: LearnedSession) => void,
): Promise<WorkerGateway> {
  // The process that started this one closes it.
  const check = checkUrl === null ? null : { url: checkUrl, close: () => Promise.resolve() };
  const gateway = new Gateway(resolveOptions({ ...options, admin: null }), { check, onLearned });
  const snapshot = await gateway.keepBooks();
  await gateway.listen();
  return { gateway, snapshot, learn: (session) => gateway.learn(session) };
}

/** A gateway that is one of several. */
export interface WorkerGateway {
  gateway: RunningGateway;
  snapshot(): Promise<WorkerSnapshot>;
  /** Takes over what another one has learned. */
  learn(session: LearnedSession): void;
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

interface GatewayParts {
  check: CheckPath | null;
  onLearned?: (session: LearnedSession) => void;
}

class Gateway implements RunningGateway, ExchangeHost {
  readonly admission: Admission;
  addresses: readonly ListenAddress[];
  readonly #settings: ReloadableSettings;
  readonly #check: CheckPath | null;
  readonly #upstreams: Upstreams;
  readonly #servers: readonly Server[];
  readonly #fronts: TlsFront[] = [];
  /** For all listeners that have TLS; null where none has. */
  readonly #http2: Http2Sessions | null;
  /** Connections over unix sockets: their other end has no address. */
  readonly #unix = new WeakSet<object>();
  readonly #open = new Set<Exchange>();
  /** Connections with an exchange under way; never two, since requests wait for their turn. */
  readonly #busy = new WeakSet<object>();
  readonly #limit: ConnectionLimit;
  readonly #browsers: BrowserLimit;
  #admin: AdminServer | null = null;
  #books: Omit<GatewayMetrics, 'text' | 'snapshot'> | null = null;
  readonly #logHold = createHoldLog();
  readonly #stopWatching = startWatchTimer(this.#open);
  #closing: Promise<void> | null = null;
  #drain: Drain | null = null;
  #endWait: () => void = () => {};

  constructor(asked: GatewaySettings, { check, onLearned = () => {} }: GatewayParts) {
    const settings = check === null ? asked : withCheckRoute(asked, check.url);
    this.#check = check;
    this.#settings = new ReloadableSettings(settings);
    this.#browsers = watchBrowserLimit(settings.logger);
    this.addresses = settings.listeners.map(({ listen }) => listen);
    this.#upstreams = new Upstreams(settings.upstreams, {
      logger: settings.logger,
      onAvailable: () => this.admission.wake(),
      onLearned: (upstream, key, index) => onLearned({ upstream, key, index }),
    });
    this.admission = new Admission(new Places(() => this.settings), ({ upstream }) =>
      this.#upstreams.of(upstream),
    );
    this.#limit = limitConnections(settings.maxConnections, () => this.#books?.rejected('connection-limit'));
    this.#http2 = settings.listeners.some(({ tls }) => tls !== null) ? this.#createHttp2Sessions() : null;
    this.#servers = settings.listeners.map((listener) => this.#createServer(listener));
  }

  #createServer({ listen, tls }: ListenerSettings): Server {
    const { settings } = this;
    const options: ServerOptions = {
      insecureHTTPParser: false,
      // Checked in request-head.ts: Node's own answer would carry no Proxy-Status.
      requireHostHeader: false,
      maxHeaderSize: settings.maxRequestHeadBytes,
      headersTimeout: settings.requestHeadTimeoutMs,
      // Node's limit on whole requests would cut long uploads and duplex streams; bodies have an idle limit here.
      requestTimeout: 0,
      connectionsCheckingInterval: HEAD_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    };
    const server =
      tls === null || this.#http2 === null
        ? createServer(options)
        : this.#createFront(tls, options, this.#http2).server;
    wireHttp1(server, {
      serve: (client, upgrade) => this.#serve(this.#begin(client), upgrade),
      refuse: (client, fault) => this.#begin(client).fail(new GatewayError(fault)),
      rejected: (fault) => this.#books?.rejected(fault),
      isBusy: (socket) => this.#busy.has(socket),
    });
    this.#limit.watch(server);
    if (listen.path !== undefined)
      for (const event of ['connection', 'secureConnection'])
        server.on(event, (socket: Socket) => this.#unix.add(socket));
    return server;
  }

  #createFront(files: TlsPairFiles, server: ServerOptions, http2: Http2Sessions): TlsFront {
    const { requestHeadTimeoutMs: handshakeTimeoutMs, logger } = this.settings;
    const front = createTlsFront({ files, server, handshakeTimeoutMs, http2, logger });
    this.#fronts.push(front);
    return front;
  }

  get address(): ListenAddress {
    return this.addresses[0] as ListenAddress;
  }

  get settings(): GatewaySettings {
    return this.#settings.current;
  }

  get url(): string {
    return this.urls[0] as string;
  }

  get urls(): string[] {
    return urlsOf(this.settings.listeners, this.addresses);
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
    const addresses: ListenAddress[] = [];
    try {
      for (const [i, server] of this.#servers.entries())
        addresses.push(await listen(server, this.addresses[i] as ListenAddress));
    } catch (error) {
      this.#closeFronts();
      for (const server of this.#servers) server.close();
      await this.#admin?.close();
      throw error;
    }
    this.addresses = addresses;
    for (const server of this.#servers)
      server.on('error', (error) => this.settings.logger.error({ err: error }, 'server'));
    this.#upstreams.start();
  }

  /** Takes over where another process of the same gateway has seen a session. */
  learn(session: LearnedSession): void {
    this.#upstreams.learn(session);
  }

  /** Before clients are served, so that nobody is cut off when the admin's address cannot be had. */
  async #listenForAdmin(): Promise<void> {
    const { admin, logger } = this.settings;
    if (admin === null) return;
    // Loaded only where it is asked for: the metrics' library takes a tenth of a second.
    const { createAdmin } = await import('./admin.ts');
    const running = await createAdmin(admin, {
      open: this.#open,
      isReady: () => this.#servers.every((server) => server.listening) && !this.isDraining,
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
    return this.#fronts.map((front) => front.reload()).every((isReloaded) => isReloaded);
  }

  #createHttp2Sessions(): Http2Sessions {
    const { requestHeadTimeoutMs, maxRequestHeadBytes, slowClientTimeoutMs, logger } = this.settings;
    return createHttp2Sessions({
      headTimeoutMs: requestHeadTimeoutMs,
      maxRequestHeadBytes,
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
    const isReset = connection.remoteAddress === undefined && !this.#unix.has(connection);
    if (client.isGone || isReset) exchange.leave();
    else if (this.#limit.isSurplus(acceptedSocketOf(connection as Socket)))
      exchange.fail(new GatewayError('connection-limit'));
    else {
      forward(exchange, this.#settings.transportsOf(exchange), upgrade);
      if (!exchange.isSettled) this.#browsers.opened(exchange);
    }
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
    this.admission.leave(exchange);
    this.#busy.delete(exchange.out);
    this.#browsers.settled(exchange);
    logExchange(this.settings.logger, exchange);
    this.#books?.settled(exchange);
    this.#publishEnd(exchange);
    if (!this.isDraining) return;
    if (this.#open.size === 0 && this.#drain !== null) this.#endWait();
    setImmediate(() => {
      for (const server of this.#servers) server.closeIdleConnections();
    });
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
    const kept = keepMadeOnce(before, after);
    const next = this.#check === null ? kept : withCheckRoute(kept, this.#check.url);
    this.#upstreams.replace(next.upstreams);
    this.#settings.replace(next);
    for (const server of this.#servers) server.headersTimeout = after.requestHeadTimeoutMs;
    // What waits may fit in now.
    this.admission.wake();
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
    const closed = Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
    this.#closeFronts();
    this.#http2?.drain();
    this.#upstreams.stop();
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
    await this.#check?.close();
  }

  #closeFronts(): void {
    for (const front of this.#fronts) front.close();
  }

  #cutAll(): void {
    for (const server of this.#servers) server.closeAllConnections();
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
