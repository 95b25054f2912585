import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { type ListenAddress, listen } from '../http/listen.ts';
import type { ClientConnection, ClientSide } from './client-side.ts';
import { type ConnectionLimit, limitConnections } from './connection-limit.ts';
import type { Fault } from './errors.ts';
import { wireHttp1 } from './http1-wiring.ts';
import { createHttp2Sessions, type Http2Closing, type Http2Sessions } from './http2-sessions.ts';
import type { GatewaySettings, ListenerSettings } from './options.ts';
import { acceptedSocketOf } from './tcp-sockets.ts';
import type { TlsPairFiles } from './tls-files.ts';
import { createTlsFront, type TlsFront } from './tls-front.ts';
import type { UpgradeRequest } from './upgrade.ts';

/** How often Node looks for request heads that take too long; its default of 30 s makes any limit 30 s late. */
const HEAD_CHECK_MS = 1_000;

/** Longer than the 60 s for which common load balancers keep a connection, so that they never reuse a closing one. */
const KEEP_ALIVE_MS = 65_000;

/** What becomes of the requests of all listeners. */
export interface ClientServersHost {
  serve(client: ClientSide, upgrade: UpgradeRequest | null): void;
  refuse(client: ClientSide, fault: Fault): void;
  /** Books a request that was refused before it could be served. */
  rejected(fault: Fault): void;
  /** Is an exchange under way on this connection? */
  isBusy(socket: Socket): boolean;
  /** Books an HTTP/2 connection that was closed on its client. */
  http2Closed(reason: Http2Closing): void;
  /** The one in force. */
  readonly logger: Logger;
}

/** The servers that clients reach: one for each listener, with TLS and HTTP/2 where it has a certificate. */
export class ClientServers {
  readonly #host: ClientServersHost;
  readonly #settings: GatewaySettings;
  readonly #limit: ConnectionLimit;
  readonly #servers: readonly Server[];
  readonly #fronts: TlsFront[] = [];
  /** For all listeners that have TLS; null where none has. */
  readonly #http2: Http2Sessions | null;
  /** Connections over unix sockets: their other end has no address. */
  readonly #unix = new WeakSet<object>();

  /** @throws GatewayOptionError when a certificate cannot be used */
  constructor(settings: GatewaySettings, host: ClientServersHost) {
    this.#settings = settings;
    this.#host = host;
    this.#limit = limitConnections(settings.maxConnections, () => host.rejected('connection-limit'));
    this.#http2 = settings.listeners.some(({ tls }) => tls !== null) ? this.#createHttp2Sessions() : null;
    this.#servers = settings.listeners.map((listener) => this.#createServer(listener));
  }

  get areListening(): boolean {
    return this.#servers.every((server) => server.listening);
  }

  /**
   * Listens on all addresses, and resolves with those in use.
   * @throws ListenError when one cannot be had; then on none
   */
  async listen(): Promise<ListenAddress[]> {
    const addresses: ListenAddress[] = [];
    try {
      for (const [i, server] of this.#servers.entries())
        addresses.push(await listen(server, (this.#settings.listeners[i] as ListenerSettings).listen));
    } catch (error) {
      this.#closeFronts();
      for (const server of this.#servers) server.close();
      throw error;
    }
    for (const server of this.#servers)
      server.on('error', (error) => this.#host.logger.error({ err: error }, 'server'));
    return addresses;
  }

  /** An address that cannot be asked for any more is that of a connection that was reset; unix sockets have none. */
  isReset(connection: ClientConnection): boolean {
    return connection.remoteAddress === undefined && !this.#unix.has(connection);
  }

  /** Is it one connection too many, so that its first request is to be refused? */
  isSurplus(connection: ClientConnection): boolean {
    return this.#limit.isSurplus(acceptedSocketOf(connection as Socket));
  }

  /** Reads certificates and keys again; false where one cannot be used. */
  reloadCertificates(): boolean {
    return this.#fronts.map((front) => front.reload()).every((isReloaded) => isReloaded);
  }

  /** For connections to come. */
  setHeadTimeout(ms: number): void {
    for (const server of this.#servers) server.headersTimeout = ms;
  }

  /** Takes no connection any more. Resolves when all of them are closed. */
  close(): Promise<unknown> {
    const closed = Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
    this.#closeFronts();
    this.#http2?.drain();
    return closed;
  }

  closeIdle(): void {
    for (const server of this.#servers) server.closeIdleConnections();
  }

  destroyAll(): void {
    for (const server of this.#servers) server.closeAllConnections();
    this.#http2?.destroyAll();
  }

  #closeFronts(): void {
    for (const front of this.#fronts) front.close();
  }

  #createServer({ listen: address, tls }: ListenerSettings): Server {
    const settings = this.#settings;
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
    const isSecure = tls !== null && this.#http2 !== null;
    const server = isSecure ? this.#createFront(tls, options, this.#http2).server : createServer(options);
    wireHttp1(server, this.#host);
    const isUnix = address.path !== undefined;
    // Which connection is under which TLS can be told by their addresses only: a unix socket's are counted behind it.
    this.#limit.watch(server, isUnix && isSecure ? 'secureConnection' : 'connection');
    if (isUnix)
      for (const event of ['connection', 'secureConnection'])
        server.on(event, (socket: Socket) => this.#unix.add(socket));
    return server;
  }

  #createFront(files: TlsPairFiles, server: ServerOptions, http2: Http2Sessions): TlsFront {
    const { requestHeadTimeoutMs: handshakeTimeoutMs } = this.#settings;
    const host = this.#host;
    const front = createTlsFront({ files, server, handshakeTimeoutMs, http2, logger: () => host.logger });
    this.#fronts.push(front);
    return front;
  }

  #createHttp2Sessions(): Http2Sessions {
    const host = this.#host;
    const { requestHeadTimeoutMs, maxRequestHeadBytes, slowClientTimeoutMs } = this.#settings;
    return createHttp2Sessions({
      headTimeoutMs: requestHeadTimeoutMs,
      maxRequestHeadBytes,
      keepAliveMs: KEEP_ALIVE_MS,
      slowClientTimeoutMs,
      isSurplus: (socket) => this.isSurplus(socket),
      serve: (client) => {
        const { fault } = client.head;
        if (fault === null || client.isGone) host.serve(client, null);
        else host.refuse(client, fault);
      },
      closedFor: (reason, detail) => {
        host.http2Closed(reason);
        host.logger.info({ reason, detail }, 'HTTP/2 connection closed');
      },
    });
  }
}
