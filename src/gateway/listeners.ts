import { formatAddress, type ListenAddress } from '../http/listen.ts';
import type { ListenerSettings } from './options.ts';

/** `http://host:port` or `https://host:port` of each address in use; `unix:` and the path of a unix socket. */
export function urlsOf(
  listeners: readonly ListenerSettings[],
  addresses: readonly ListenAddress[],
): string[] {
  return addresses.map((address, i) => {
    if (address.path !== undefined) return formatAddress(address);
    return `${listeners[i]?.tls == null ? 'http' : 'https'}://${formatAddress(address)}`;
  });
}
