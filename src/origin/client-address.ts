import type { IncomingMessage } from 'node:http';

const named = new WeakMap<IncomingMessage, string>();

/**
 * Takes the client's address from the last entry of `X-Forwarded-For`, as a gateway in this very process wrote it: the
 * connection's other end is the gateway itself.
 */
export function nameClient(request: IncomingMessage): void {
  const chain = String(request.headers['x-forwarded-for'] ?? '');
  const last = chain.slice(chain.lastIndexOf(',') + 1).trim();
  if (last !== '') named.set(request, last.slice(0, 64));
}

/** Address of the other end of the connection, or of the client that a gateway named. */
export function clientAddress(request: IncomingMessage): string {
  return named.get(request) ?? request.socket.remoteAddress ?? '';
}
