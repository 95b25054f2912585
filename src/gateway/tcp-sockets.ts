import type { Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The TCP connection under each TLS connection. */
const under = new WeakMap<Socket, Socket>();

/**
 * Remembers which TCP connection each TLS connection of a server came on. Node hands over both, the one with
 * `connection` and the other with `secureConnection`, but does not say that they belong together; what both know is the
 * address and port of the other end, which no two open connections of one listener share.
 */
export function trackTcpSockets(server: Server): { destroyHandshaking(): void } {
  const handshaking = new Map<string, Socket>();
  server.on('connection', (tcp: Socket) => {
    const key = endOf(tcp);
    if (key === null) return;
    handshaking.set(key, tcp);
    tcp.once('close', () => {
      if (handshaking.get(key) === tcp) handshaking.delete(key);
    });
  });
  server.prependListener('secureConnection', (secure: TLSSocket) => {
    const key = endOf(secure);
    const tcp = key === null ? undefined : handshaking.get(key);
    if (key === null || tcp === undefined) return;
    handshaking.delete(key);
    under.set(secure, tcp);
  });
  return {
    destroyHandshaking() {
      for (const tcp of handshaking.values()) tcp.destroy();
    },
  };
}

/** The TCP connection that carries a client's bytes: itself, or the one under TLS. Null on a unix socket. */
export function tcpSocketOf(socket: Socket): Socket | null {
  if (socket instanceof TLSSocket) return under.get(socket) ?? null;
  return socket.remoteAddress === undefined ? null : socket;
}

/** The connection as its listener accepted it, under TLS the one that TLS runs over. */
export function acceptedSocketOf(socket: Socket): Socket {
  return under.get(socket) ?? socket;
}

function endOf({ remoteFamily, remoteAddress, remotePort }: Socket): string | null {
  return remoteAddress === undefined ? null : `${remoteFamily} ${remoteAddress} ${remotePort}`;
}
