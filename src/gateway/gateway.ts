import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { formatAddress, type ListenAddress, listen } from '../http/listen.ts';
import { logExchange } from './access-log.ts';
import type { AdminServer } from './admin.ts';
import { answerClientError } from './client-error.ts';
import type { WorkerSnapshot } from './cluster-messages.ts';
import { type ConnectionLimit, limitConnections } from './connection-limit.ts';
import { GatewayError, rawAnswerTo } from './errors.ts';
import { Exchange, type ExchangeHost } from './exchange.ts';
import { forward, type Transports } from './forward.ts';
import { LIMITS } from './limits.ts';
import type { GatewayMetrics } from './metrics.ts';
import { type GatewayOptions, type GatewaySettings, resolveOptions } from './options.ts';
import { createOrdinaryTransport } from './ordinary.ts';
import { createUpgradeTransport, isWebSocket, serveWithoutUpgrade } from './upgrade.ts';
import { hasWaitingRequests, whenItsTurn } from './waiting-request.ts';

export type { GatewayOptions } from './options.ts';

/** A gateway that listens. */
export interface RunningGateway {
  /** `http://host:port` of the address in use. */
  readonly url: string;
  readonly address: ListenAddress;
  /** `http://host:port` of the admin server; null without one. */
  readonly adminUrl: string | null;
  /** Requests and streams under way. */
  readonly openExchanges: number;
  /**
   * Drains: takes no new connection, lets what is under way end for `drainTimeoutMs`, then breaks the rest off.
   * Resolves when every connection is closed. A second call ends the wait.
   */
  close(): Promise<void>;
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

class Gateway implements RunningGateway, ExchangeHost {
  readonly settings: GatewaySettings;
  address: ListenAddress;
  readonly #transports: Transports;
  readonly #server: Server;
  readonly #open = new Set<Exchange>();
  /** Connections with an exchange under way; never two, since requests wait for their turn. */
  readonly #busy = new WeakSet<Socket>();
  /** The last answer on each connection, which owns it until its last byte is out. */
  readonly #answers = new WeakMap<Socket, ServerResponse>();
  readonly #limit: ConnectionLimit;
  /** Places for streams that are taken. */
  #streams = 0;
  #admin: AdminServer | null = null;
  #books: Pick<GatewayMetrics, 'settled' | 'rejected'> | null = null;
  #closing: Promise<void> | null = null;
  #endDrain: () => void = () => {};

  constructor(settings: GatewaySettings) {
    this.settings = settings;
    this.address = settings.listen;
    this.#transports = {
      ordinary: createOrdinaryTransport(settings),
      upgrade: createUpgradeTransport(settings),
    };
    this.#server = createServer({
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
    });
    this.#wire(this.#server);
    this.#limit = limitConnections(this.#server, settings.maxConnections, () =>
      this.#books?.rejected('connection-limit'),
    );
  }

  get url(): string {
    return `http://${formatAddress(this.address)}`;
  }

  get adminUrl(): string | null {
    return this.#admin?.url ?? null;
  }

  get openExchanges(): number {
    return this.#open.size;
  }

  get isDraining(): boolean {
    return this.#closing !== null;
  }

  async listen(): Promise<void> {
    await this.#listenForAdmin();
    try {
      this.address = await listen(this.#server, this.settings.listen);
    } catch (error) {
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

  #wire(server: Server): void {
    // Past a count Node drops header lines silently, those of the framing too; lines are counted in request-head.ts.
    server.maxHeadersCount = 0;
    const serve = (req: IncomingMessage, res: ServerResponse): void => {
      whenItsTurn(req, res, (body) => this.#serve(new Exchange(this, req, res, body)));
    };
    server.on('request', serve);
    server.on('checkContinue', serve);
    server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => {
      whenItsTurn(req, res, (body) => {
        // Node says this of HTTP/0.9 as well, which is refused for what it is.
        const fault = req.httpVersionMajor === 1 ? 'expectation-failed' : 'version-not-supported';
        this.#begin(new Exchange(this, req, res, body)).fail(new GatewayError(fault));
      });
    });
    server.on('upgrade', (req: IncomingMessage, duplex: Duplex, first: Buffer) => {
      const socket = duplex as Socket;
      // Node has taken its own listener off; without one a reset would end the process.
      socket.on('error', () => socket.destroy());
      if (this.#isAnswering(socket)) socket.destroy();
      else if (!isWebSocket(req)) serveWithoutUpgrade(server, req, socket, first);
      else this.#serve(new Exchange(this, req, null), first);
    });
    server.on('connect', (_req: IncomingMessage, duplex: Duplex) => {
      const socket = duplex as Socket;
      socket.on('error', () => socket.destroy());
      this.#books?.rejected('method-not-supported');
      if (this.#isAnswering(socket)) socket.destroy();
      else socket.end(rawAnswerTo('method-not-supported'), () => socket.destroy());
    });
    server.on('clientError', (error: NodeJS.ErrnoException, duplex: Duplex) => {
      const fault = answerClientError(error, duplex as Socket, this.#busy.has(duplex as Socket));
      if (fault !== null) this.#books?.rejected(fault);
    });
  }

  /**
   * Node announces an upgrade as soon as it is parsed, whatever is being answered on its connection. Taking one then
   * would mix two answers; no honest client sends one behind a request that is not answered yet (RFC 9110 section 7.8).
   */
  #isAnswering(socket: Socket): boolean {
    const isOwned = this.#answers.get(socket)?.socket === socket;
    return this.#busy.has(socket) || isOwned || !socket.writable || hasWaitingRequests(socket);
  }

  #serve(exchange: Exchange, upgradeHead: Buffer | null = null): void {
    this.#begin(exchange);
    const { socket, res } = exchange;
    if (res !== null) this.#answers.set(socket, res);
    // Gone before its turn came: an address that cannot be asked for any more is that of a connection that was reset.
    if (socket.destroyed || socket.readableEnded || socket.remoteAddress === undefined) exchange.leave();
    else if (this.#limit.isSurplus(socket)) exchange.fail(new GatewayError('connection-limit'));
    else forward(exchange, this.#transports, upgradeHead);
  }

  admitStream(): void {
    const { maxStreams } = this.settings;
    if (maxStreams !== null && this.#streams >= maxStreams) throw new GatewayError('stream-limit');
    this.#streams++;
  }

  #begin(exchange: Exchange): Exchange {
    this.#open.add(exchange);
    this.#busy.add(exchange.socket);
    return exchange;
  }

  settled(exchange: Exchange): void {
    this.#open.delete(exchange);
    if (exchange.holdsStream) this.#streams--;
    this.#busy.delete(exchange.socket);
    logExchange(this.settings.logger, exchange);
    this.#books?.settled(exchange);
    if (!this.isDraining) return;
    if (this.#open.size === 0) this.#endDrain();
    setImmediate(() => this.#server.closeIdleConnections());
  }

  close(): Promise<void> {
    if (this.#closing === null) this.#closing = this.#drain();
    else this.#endDrain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    const { drainTimeoutMs, slowClientTimeoutMs, logger } = this.settings;
    logger.info({ open: this.#open.size, drainTimeoutMs }, 'draining');
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.#untilIdle(drainTimeoutMs);
    for (const exchange of [...this.#open]) exchange.drain();
    // What was written last may still be on its way to slow readers; that has its own bound.
    const late = setTimeout(() => this.#server.closeAllConnections(), Math.min(slowClientTimeoutMs, 2_000));
    await closed;
    clearTimeout(late);
    await this.#transports.ordinary.close();
    await this.#admin?.close();
  }

  #untilIdle(withinMs: number): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const late = setTimeout(resolve, withinMs);
      this.#endDrain = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}
