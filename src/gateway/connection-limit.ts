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
  const servers: Server[] = [];
  /** No more than so many are open: those of the last count, and all that came since. */
  let openAtMost = 0;
  return {
    watch(server, event) {
      servers.push(server);
      server.maxConnections = most + LIMITS.surplusConnections;
      server.on('drop', onDropped);
      server.prependListener(event, (socket: Socket) => {
        if (++openAtMost <= most) return;
        // It comes a second time where an upgrade was not taken.
        const isNew = event === 'secureConnection' || socket.bytesRead === 0;
        countOpen(servers, (open) => {
          openAtMost = open;
          if (open > most && isNew) surplus.add(socket);
        });
      });
    },
    isSurplus: (socket) => surplus.has(socket),
  };
}

/** Node counts them itself; it says so before a byte of the connection that came last is read. */
function countOpen(servers: readonly Server[], onCounted: (open: number) => void): void {
  let open = 0;
  let left = servers.length;
  for (const server of servers)
    server.getConnections((_error, count) => {
      open += count;
      if (--left === 0) onCounted(open);
    });
}
