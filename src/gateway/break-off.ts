import type { Socket } from 'node:net';
import type { BreakOff } from './client-side.ts';
import { LIMITS } from './limits.ts';
import { tcpSocketOf } from './tcp-sockets.ts';

/**
 * Ends a client's connection so that what was sent cannot pass for a whole answer, after delivering it. Where the end
 * of the connection would be read as the end of the body (an HTTP/1.0 answer without length) only a reset shows that
 * something is missing: of the TCP connection, under TLS too, where a `close_notify` would look complete. Unix sockets
 * know no reset: there it returns false. Idempotent; never throws.
 */
export function breakOff(socket: Socket, { closeDelimited, withinMs }: BreakOff): boolean {
  if (socket.destroyed) return true;
  const tcp = closeDelimited ? tcpSocketOf(socket) : null;
  const late = setTimeout(() => (tcp === null ? socket.destroy() : reset(socket, tcp)), withinMs);
  socket.once('close', () => clearTimeout(late));
  if (tcp === null) {
    socket.destroySoon();
    return !closeDelimited;
  }
  // The empty write's callback comes after everything before it has been handed to the system. A reset also throws
  // away what the system has not sent yet, hence the grace.
  socket.write('', () => setTimeout(() => reset(socket, tcp), LIMITS.resetGraceMs));
  return true;
}

/** `resetAndDestroy()` throws on anything but TCP (ERR_INVALID_HANDLE_TYPE). */
function reset(socket: Socket, tcp: Socket): void {
  if (socket.destroyed) return;
  try {
    tcp.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}
