import { BlockList, isIP } from 'node:net';

/** A set of IP addresses, given as addresses and CIDR blocks, and perhaps of what comes over unix sockets. */
export interface AddressSet {
  /** An empty address is the one that the other end of a unix socket has. */
  has(address: string): boolean;
}

/** Stands in a list for the other ends of unix sockets, which have no address. */
export const UNIX_PEERS = 'unix';

/** `10.0.0.0/8`, `::1` … Returns null for a text that is neither an address nor a block. */
function readBlock(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const match = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = match?.[1] ?? '';
  const version = isIP(address);
  if (version === 0) return null;
  const most = version === 4 ? 32 : 128;
  const bits = match?.[2] === undefined ? most : Number(match[2]);
  return bits > most ? null : { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' };
}

export function isAddressBlock(text: string): boolean {
  return text === UNIX_PEERS || readBlock(text) !== null;
}

/** Blocks that {@link isAddressBlock} refuses are left out. */
export function createAddressSet(blocks: readonly string[]): AddressSet {
  const list = new BlockList();
  const hasUnix = blocks.includes(UNIX_PEERS);
  for (const text of blocks) {
    const block = readBlock(text);
    if (block !== null) list.addSubnet(block.address, block.bits, block.family);
  }
  return {
    has(address) {
      if (address === '') return hasUnix;
      const version = isIP(address);
      return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/** An IPv4 address without the IPv6 form in which a socket that takes both shows it. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') ? address.replace(/^::ffff:(?=\d+\.)/, '') : address;
}

/**
 * What one client is counted by: the address, of an IPv6 address its first 64 bits, since whoever has one has all the
 * others of its network.
 */
export function clientKey(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
