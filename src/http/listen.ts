import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { type AddressInfo, connect, type Server } from 'node:net';

/** An address to listen on. Port 0 lets the system pick one. */
export interface ListenAddress {
  host: string;
  port: number;
  /** Of a unix socket, absolute; host and port mean nothing then. */
  path?: string;
}

/** What `sun_path` holds on Linux, less its end; longer paths are cut off silently. macOS and the BSDs hold four less. */
export const MAX_SOCKET_PATH = 107;

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

const UNIX_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens on it; stop that one or choose another path',
  // libuv says so of a folder that is not there, too.
  EACCES: 'there is no such folder, or this user may not create anything in it',
};

/**
 * Starts listening and resolves with the address that is in use.
 * @throws ListenError when the address cannot be had.
 */
export async function listen(server: Server, address: ListenAddress): Promise<ListenAddress> {
  if (address.path === undefined) server.listen(address.port, address.host);
  else server.listen(address.path);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    const shown = formatAddress(address);
    const reasons = address.path === undefined ? REASONS : UNIX_REASONS;
    throw new ListenError(code, `cannot listen on ${shown}: ${reasons[code] ?? (error as Error).message}`);
  }
  if (address.path !== undefined) return { host: '', port: 0, path: address.path };
  const bound = server.address() as AddressInfo;
  return { host: bound.address, port: bound.port };
}

/**
 * Removes what a program that was killed has left of a unix socket: one that nobody listens on any more.
 * @throws ListenError when something else than a socket is there
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const there = await lstat(path).catch(() => null);
  if (there === null) return;
  if (!there.isSocket())
    throw new ListenError(
      'EADDRINUSE',
      `cannot listen on unix:${path}: the file there is no socket; remove it or choose another path`,
    );
  const client = connect(path);
  try {
    await once(client, 'connect');
  } catch (error) {
    // Whatever else there is to say is said when it cannot be listened on.
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') await unlink(path).catch(() => {});
  } finally {
    client.destroy();
  }
}

/** `host:port`, with brackets around an IPv6 host; `unix:` and the path of a unix socket. */
export function formatAddress(address: ListenAddress): string {
  if (address.path !== undefined) return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
