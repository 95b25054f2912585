import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/** An address to listen on. Port 0 lets the system pick one. */
export interface ListenAddress {
  host: string;
  port: number;
}

/** A port that cannot be listened on, said in one sentence. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'the port is already taken by another program; stop that one or choose another port (port 0 picks a free one)',
  EACCES: 'no permission for this port; choose one above 1023',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name does not resolve',
};

/**
 * Starts listening and resolves with the address that is in use.
 * @throws ListenError when the address cannot be had.
 */
export async function listen(server: Server, address: ListenAddress): Promise<ListenAddress> {
  server.listen(address.port, address.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    const shown = formatAddress(address);
    throw new ListenError(code, `cannot listen on ${shown}: ${REASONS[code] ?? (error as Error).message}`);
  }
  const bound = server.address() as AddressInfo;
  return { host: bound.address, port: bound.port };
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress(address: ListenAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
