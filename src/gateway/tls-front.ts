import type { ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { watchFiles } from './file-watch.ts';
import type { Http2Sessions } from './http2-sessions.ts';
import { trackTcpSockets } from './tcp-sockets.ts';
import { readTlsPair, type TlsPair, type TlsPairFiles } from './tls-files.ts';

/** The server that clients reach over TLS. */
export interface TlsFront {
  /** An HTTP/1 server to wire like one without TLS; connections that speak HTTP/2 never reach it. */
  readonly server: Server;
  /** Reads certificate and key again, for connections to come. Keeps the ones in use, and returns false, when it cannot. */
  reload(): boolean;
  /** Stops looking at the files, and ends connections that are not past their handshake. */
  close(): void;
}

export interface TlsFrontOptions {
  files: TlsPairFiles;
  server: ServerOptions;
  /** How long a client may take for the TLS handshake. */
  handshakeTimeoutMs: number;
  http2: Http2Sessions;
  /** The one in force. */
  logger: () => Logger;
}

/** What clients may choose. `http/1.0` is what some say that speak no other: without a common one they are cut off. */
const PROTOCOLS = ['h2', 'http/1.1', 'http/1.0'];

/** @throws GatewayOptionError when the pair cannot be used */
export function createTlsFront(options: TlsFrontOptions): TlsFront {
  const { files, http2, logger, handshakeTimeoutMs: handshakeTimeout } = options;
  const pair = readTlsPair(files);
  warnOfAge(pair, files, logger());
  const server = createServer({
    ...options.server,
    cert: pair.cert,
    key: pair.key,
    handshakeTimeout,
    ALPNProtocols: PROTOCOLS,
  });
  splitByProtocol(server, http2);
  const tracked = trackTcpSockets(server);
  // Node would answer a handshake that failed in plain HTTP.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    socket.destroy();
    logger().debug({ code: error.code, detail: error.message }, 'TLS handshake failed');
  });
  const reload = (): boolean => {
    try {
      const next = readTlsPair(files);
      server.setSecureContext({ cert: next.cert, key: next.key });
      logger().info({ subject: next.subject, validTo: next.validTo.toISOString() }, 'certificate reloaded');
      warnOfAge(next, files, logger());
      return true;
    } catch (error) {
      logger().error({ detail: (error as Error).message }, 'certificate not reloaded, the one in use stays');
      return false;
    }
  };
  const stopWatching = watchFiles([files.certFile, files.keyFile], reload);
  return {
    server,
    reload,
    close() {
      stopWatching();
      tracked.destroyHandshaking();
    },
  };
}

/** Hands each connection to the server of the protocol that its client has chosen. */
function splitByProtocol(server: Server, http2: Http2Sessions): void {
  const http1 = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') http2.accept(socket);
    else for (const serve of http1) serve.call(server, socket);
  });
}

function warnOfAge({ subject, validTo }: TlsPair, { certFile }: TlsPairFiles, logger: Logger): void {
  // A date of the calendar: this is what the wall clock is for.
  if (validTo.getTime() < Date.now())
    logger.warn({ subject, validTo: validTo.toISOString(), file: certFile }, 'certificate has expired');
}
