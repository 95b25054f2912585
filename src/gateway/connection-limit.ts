import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { LIMITS } from './limits.ts';

/** Tells connections past a limit from the others. */
export interface ConnectionLimit {
  /** Counts the connections of this server, too, from the event on that tells of them. */
  watch(server: Server, event: 'connection' | 'secureConnection'): void;
  /** Is it one too many, so that its first request is to be refused? */
  isSurplus(socket: Socket): boolean;
}

/**
 * Limits the connections of all servers together to `most`, or to none when null. Node's own limit closes connections without a
 * word; here some more are taken in to be told why, and only those beyond are closed unheard (`onDropped`).
 */
export function limitConnections(most: number | null, onDropped: () => void): ConnectionLimit {
  if (most === null) return { watch() {}, isSurplus: () => false };
  const surplus = new WeakSet<Socket>();
  const connections = new Set<Socket>();
  function forget(this: Socket): void {
    connections.delete(this);
  }
  return {
    watch(server, event) {
      server.maxConnections = most + LIMITS.surplusConnections;
      server.on('drop', onDropped);
      server.prependListener(event, (socket: Socket) => {
        // It comes a second time where an upgrade was not taken.
        if (connections.has(socket)) return;
        connections.add(socket);
        socket.on('close', forget);
        if (connections.size > most) surplus.add(socket);
      });
    },
    isSurplus: (socket) => surplus.has(socket),
  };
}
