import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { LIMITS } from './limits.ts';

/** How a broken answer is shown to the client. */
export interface BreakOff {
  /**
   * True where the end of the connection would be read as the end of the body (an HTTP/1.0 answer without length):
   * there only a reset shows that something is missing.
   */
  closeDelimited: boolean;
  /** How long the client gets to take what was written before. */
  withinMs: number;
}

/**
 * Ends a client's connection so that what was sent cannot pass for a whole answer, after delivering it.
 * Idempotent; never throws.
 */
export function breakOff(socket: Socket, { closeDelimited, withinMs }: BreakOff): void {
  if (socket.destroyed) return;
  const late = setTimeout(() => (closeDelimited ? reset(socket) : socket.destroy()), withinMs);
  socket.once('close', () => clearTimeout(late));
  if (!closeDelimited) {
    socket.destroySoon();
    return;
  }
  // The empty write's callback comes after everything before it has been handed to the system. A reset also throws
  // away what the system has not sent yet, hence the grace.
  socket.write('', () => setTimeout(() => reset(socket), LIMITS.resetGraceMs));
}

/** `resetAndDestroy()` throws on anything but TCP (ERR_INVALID_HANDLE_TYPE). */
function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket instanceof TLSSocket || socket.remoteAddress === undefined) {
    socket.destroy();
    return;
  }
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}
