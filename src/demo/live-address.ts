import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { ListenAddress } from '../http/listen.ts';

/** Under which names a server is known, so that a name that somebody else points to it gets nothing (DNS rebinding). */
export interface OwnNames {
  /** The host of an address of this server, as written in URLs; null when the request names another. */
  hostOf(request: IncomingMessage): string | null;
  /** The page's origin, when the request's `Origin` is it; else null. */
  originOf(request: IncomingMessage): string | null;
}

/**
 * A server that listens on one address has that name and `localhost`. One that listens on all addresses cannot know
 * them: there any numeric address will do, since no name can be pointed to somewhere else in it.
 */
export function createOwnNames(bound: ListenAddress): OwnNames {
  const all = bound.host === '0.0.0.0' || bound.host === '::';
  const isLoopback = all || bound.host.startsWith('127.') || bound.host === '::1';

  function hostIn(authority: string): string | null {
    const [, name = '', port] = /^(\[[\da-f:.]+\]|[^:[\]]+):(\d+)$/i.exec(authority) ?? [];
    if (Number(port) !== bound.port) return null;
    const address = name.replace(/^\[|\]$/g, '');
    if (address === bound.host) return name;
    // Lanes listen on the address itself, which `localhost` need not mean.
    if (name.toLowerCase() === 'localhost' && isLoopback) return all ? '127.0.0.1' : bound.host;
    return all && isIP(address) !== 0 ? name : null;
  }

  return {
    hostOf: (request) => hostIn(request.headers.host ?? ''),
    originOf(request) {
      const origin = request.headers.origin ?? '';
      const [, authority = ''] = /^http:\/\/(.+)$/.exec(origin) ?? [];
      return hostIn(authority) === null ? null : origin;
    },
  };
}
