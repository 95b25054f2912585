import { type ListenAddress, removeStaleSocket } from '../http/listen.ts';
import { Admission } from './admission.ts';
import { Books, type BooksSource } from './books.ts';
import { type BrowserLimit, watchBrowserLimit } from './browser-limit.ts';
import { publish } from './channels.ts';
import { type CheckPath, startCheckPath, withCheckRoute } from './check-path.ts';
import { ClientServers } from './client-servers.ts';
import type { ClientSide } from './client-side.ts';
import type { LearnedSession, WorkerSnapshot } from './cluster-messages.ts';
import { GatewayError } from './errors.ts';
import type { ExchangeHost } from './exchange.ts';
import { Exchange } from './exchange.ts';
import { forward } from './forward.ts';
import { urlsOf } from './listeners.ts';
import type { GatewayOptions, GatewaySettings } from './options.ts';
import { Places } from './places.ts';
import { resolveOptions } from './resolve-options.ts';
import { closesWithinMs, type RunningGateway } from './running-gateway.ts';
import { keepMadeOnce, needRestart, ReloadableSettings } from './settings-holder.ts';
import { Shutdown, type ShutdownHost } from './shutdown.ts';
import type { HoldKind } from './stream-watch.ts';
import type { UpgradeRequest } from './upgrade.ts';
import { createUpstreamFiles } from './upstream-files.ts';
import { Upstreams } from './upstreams/upstreams.ts';
import { startWatchTimer } from './watch-timer.ts';

export type { GatewayOptions } from './options.ts';
export type { RunningGateway } from './running-gateway.ts';

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
  const check = settings.check === null ? null : await startCheckPath(settings.check);
  const gateway = new Gateway({ options, settings, check });
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
  const own = { ...options, admin: null };
  // The process that started this one closes it.
  const check = checkUrl === null ? null : { url: checkUrl, close: () => Promise.resolve() };
  const gateway = new Gateway({ options: own, settings: resolveOptions(own), check, onLearned });
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

/** What a gateway begins with: the options, and what they come to. */
interface Start {
  options: GatewayOptions;
  settings: GatewaySettings;
  /** Null where the check path is not served. */
  check: CheckPath | null;
  /** Hears where a session lives; for the other processes of the same gateway. */
  onLearned?: (session: LearnedSession) => void;
}

class Gateway implements RunningGateway, ExchangeHost, BooksSource, ShutdownHost {
  readonly admission: Admission;
  /** As last given. */
  #options: GatewayOptions;
  addresses: readonly ListenAddress[];
  readonly #settings: ReloadableSettings;
  readonly #check: CheckPath | null;
  readonly #upstreams: Upstreams;
  readonly servers: ClientServers;
  readonly open = new Set<Exchange>();
  /** Connections with an exchange under way; never two, since requests wait for their turn. */
  readonly #busy = new WeakSet<object>();
  readonly #browsers: BrowserLimit;
  readonly #books = new Books(this);
  readonly #stopWatching = startWatchTimer(this.open);
  readonly #upstreamFiles = createUpstreamFiles(() => this.#rereadUpstreamFiles());
  readonly #shutdown = new Shutdown(this);

  constructor({ options, settings: asked, check, onLearned = () => {} }: Start) {
    const settings = check === null ? asked : withCheckRoute(asked, check.url);
    this.#options = options;
    this.#check = check;
    this.#settings = new ReloadableSettings(settings);
    const current = (): GatewaySettings => this.settings;
    this.#browsers = watchBrowserLimit(() => current().logger);
    this.addresses = settings.listeners.map(({ listen }) => listen);
    this.#upstreams = new Upstreams(settings.upstreams, {
      get logger() {
        return current().logger;
      },
      onAvailable: () => this.admission.wake(),
      onLearned: (upstream, key, address) => onLearned({ upstream, key, address }),
    });
    this.admission = new Admission(new Places(current), this.#upstreams);
    this.servers = new ClientServers(settings, {
      serve: (client, upgrade) => this.#serve(this.#begin(client), upgrade),
      refuse: (client, fault) => this.#begin(client).fail(new GatewayError(fault)),
      rejected: (fault) => this.#books.rejected(fault),
      isBusy: (socket) => this.#busy.has(socket),
      http2Closed: (reason) => this.#books.http2Closed(reason),
      get logger() {
        return current().logger;
      },
    });
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
    return this.#books.adminUrl;
  }

  get openExchanges(): number {
    return this.open.size;
  }

  get closesWithinMs(): number {
    return closesWithinMs(this.settings);
  }

  get isDraining(): boolean {
    return this.#shutdown.hasBegun;
  }

  async listen(): Promise<void> {
    // Before clients are served, so that nobody is cut off when the admin's address cannot be had.
    await this.#books.listen();
    try {
      this.addresses = await this.servers.listen();
    } catch (error) {
      await this.#books.close();
      throw error;
    }
    this.#upstreams.start();
    this.#upstreamFiles.watch(this.#options);
  }

  /** Takes over where another process of the same gateway has seen a session. */
  learn(session: LearnedSession): void {
    this.#upstreams.learn(session);
  }

  /** Keeps books without showing them; the function says what is in them. */
  keepBooks(): Promise<() => Promise<WorkerSnapshot>> {
    return this.#books.keep();
  }

  isReady(): boolean {
    return this.servers.areListening && !this.isDraining;
  }

  reloadCertificate(): boolean {
    return this.servers.reloadCertificates();
  }

  #serve(exchange: Exchange, upgrade: UpgradeRequest | null): void {
    const { client, connection } = exchange;
    if (client.isGone || this.servers.isReset(connection)) exchange.leave();
    else if (this.servers.isSurplus(connection)) exchange.fail(new GatewayError('connection-limit'));
    else {
      forward(exchange, this.#settings.transportsOf(exchange), upgrade);
      if (!exchange.isSettled) this.#browsers.opened(exchange);
    }
  }

  #begin(client: ClientSide): Exchange {
    const exchange = new Exchange(this, client);
    this.open.add(exchange);
    this.#settings.began(exchange);
    this.#shutdown.began(exchange);
    this.#busy.add(client.out);
    return exchange;
  }

  unmarkedBreak(exchange: Exchange): void {
    this.#books.unmarkedBreak(exchange);
  }

  settled(exchange: Exchange): void {
    this.open.delete(exchange);
    this.#settings.ended(exchange);
    this.admission.leave(exchange);
    this.#busy.delete(exchange.out);
    this.#browsers.settled(exchange);
    this.#books.settled(exchange);
    this.#shutdown.settled(exchange);
  }

  answered(exchange: Exchange): void {
    this.#books.answered(exchange);
  }

  firstEvent(exchange: Exchange): void {
    this.#books.firstEvent(exchange);
  }

  paused(exchange: Exchange, ms: number): void {
    this.#books.paused(exchange, ms);
  }

  held(exchange: Exchange, kind: HoldKind): void {
    this.#books.held(exchange, kind);
  }

  reload(given: GatewayOptions): readonly string[] {
    // What is over already goes to the logger, and by the level, of its time.
    this.#books.catchUp();
    // Nothing is logged elsewhere all of a sudden, unless that is asked for.
    const options = { logger: this.settings.logger, ...given };
    const left = this.#put(options);
    this.#options = options;
    this.#upstreamFiles.watch(options);
    publish('unclog:gateway:reload', () => ({ needRestart: left }));
    return left;
  }

  /** Returns the names of options that take a restart. */
  #put(options: GatewayOptions): readonly string[] {
    const before = this.settings;
    const after = resolveOptions(options);
    const left = needRestart(before, after);
    const kept = keepMadeOnce(before, after);
    const next = this.#check === null ? kept : withCheckRoute(kept, this.#check.url);
    this.#upstreams.replace(next.upstreams);
    this.#settings.replace(next);
    this.servers.setHeadTimeout(after.requestHeadTimeoutMs);
    // What waits may fit in now.
    this.admission.wake();
    return left;
  }

  /** The same options mean something else when the files that they name have changed. */
  #rereadUpstreamFiles(): void {
    const { logger } = this.settings;
    try {
      this.#put({ ...this.#options, logger });
      logger.info('certificates for upstreams reloaded');
    } catch (error) {
      const detail = (error as Error).message;
      logger.error({ detail }, 'certificates for upstreams not reloaded, the ones in use stay');
    }
  }

  close(): Promise<void> {
    this.#books.catchUp();
    return this.#shutdown.begin();
  }

  closing(): void {
    this.#upstreams.stop();
    this.#upstreamFiles.stop();
  }

  async closed(): Promise<void> {
    this.#stopWatching();
    await this.#settings.close();
    await this.#books.close();
    await this.#check?.close();
  }
}
