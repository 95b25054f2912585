import { isIP } from 'node:net';
import { headerTokens, headerValue } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { type AddressSet, plainAddress } from './address-set.ts';
import type { RequestHead } from './client-side.ts';

/** Where a request comes from. */
export interface Provenance {
  /**
   * The client's address: of the connection's other end, or what the last trusted proxy in a row says. Empty on a unix
   * socket, whose other end has none.
   */
  client: string;
  /** The connection's other end is a trusted proxy: what it says of the request goes on. */
  isTrusted: boolean;
}

/** A chain longer than this is no path that a request took; the rest of it is not looked at. */
const MOST_HOPS = 32;

/** Finds out whose request it is. Nothing that an untrusted peer says is believed. */
export function readProvenance(
  req: RequestHead,
  received: HeaderList,
  trusted: AddressSet | null,
): Provenance {
  const peer = plainAddress(req.socket.remoteAddress);
  if (trusted === null || !trusted.has(peer)) return { client: peer, isTrusted: false };
  let client = peer;
  // (A connection that was reset has no address either; gateway.ts serves none of those.)
  // From the nearest hop on: each entry was written by the one to its right.
  for (const address of claimedChain(received).slice(-MOST_HOPS).reverse()) {
    if (address === null) break;
    client = address;
    if (!trusted.has(address)) break;
  }
  return { client, isTrusted: true };
}

/** The addresses that a request is said to have come through, the client's first; null for what is no address. */
function claimedChain(received: HeaderList): (string | null)[] {
  const chain = headerTokens(received, 'x-forwarded-for');
  if (chain.length > 0) return chain.map(readNode);
  // RFC 7239 section 4. Quoted commas and semicolons do not occur in addresses.
  return headerTokens(received, 'forwarded').map((element) => {
    const node = /(?:^|;)\s*for=(?:"([^"]*)"|([^;\s]*))/.exec(element);
    return readNode(node?.[1] ?? node?.[2] ?? '');
  });
}

/** An address, with a port perhaps, IPv6 in brackets perhaps. */
function readNode(text: string): string | null {
  const bare =
    isIP(text) === 0 ? (/^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(text)?.slice(1) ?? []) : [text];
  const address = plainAddress(bare[0] ?? bare[1]);
  return isIP(address) === 0 ? null : address;
}

/** Fields of a trusted proxy that go on as it sent them. Names in lower case, `_` for `-` is not the same here. */
export function isForwardedField(lower: string): boolean {
  return lower === 'forwarded' || lower === 'x-real-ip' || /^x-forwarded-/.test(lower);
}

/**
 * Adds what the upstream hears of the client. Of a trusted proxy: what it says, with the connection's other end added to
 * the chains. Of anybody else: what this gateway saw itself, and nothing that was claimed.
 */
export function addForwardedFields(
  to: HeaderList,
  req: RequestHead,
  received: HeaderList,
  { isTrusted, client }: Provenance,
  own: { host: string; proto: string },
): void {
  if (isTrusted) {
    to.push(...trustedFields(req, received, own));
    return;
  }
  to.push(['X-Forwarded-For', client || UNKNOWN], ['X-Forwarded-Proto', own.proto]);
  if (own.host !== '') to.push(['X-Forwarded-Host', own.host]);
}

/** RFC 7239 section 6.2, for the other end of a unix socket. */
const UNKNOWN = 'unknown';

function trustedFields(
  req: RequestHead,
  received: HeaderList,
  own: { host: string; proto: string },
): HeaderList {
  const peer = plainAddress(req.socket.remoteAddress) || UNKNOWN;
  const said = received.filter(([name]) => {
    const lower = name.toLowerCase();
    return isForwardedField(lower) && lower !== 'x-forwarded-for' && lower !== 'forwarded';
  });
  const has = (name: string): boolean => said.some(([given]) => given.toLowerCase() === name);
  const chain = headerValue(received, 'x-forwarded-for');
  // A chain that ends in no address is taken for that of a client without one.
  const isNamed = chain !== null && isIP(peer) === 0;
  const whole = isNamed ? chain : chain === null ? peer : `${chain}, ${peer}`;
  const fields: HeaderList = [['X-Forwarded-For', whole], ...said];
  if (!has('x-forwarded-proto')) fields.push(['X-Forwarded-Proto', own.proto]);
  if (!has('x-forwarded-host') && own.host !== '') fields.push(['X-Forwarded-Host', own.host]);
  const forwarded = headerValue(received, 'forwarded');
  if (forwarded !== null) fields.push(['Forwarded', `${forwarded}, ${ownElement(peer, own)}`]);
  return fields;
}

/** RFC 7239 section 4: what is no token is quoted. */
function ownElement(peer: string, own: { host: string; proto: string }): string {
  const node = peer.includes(':') ? `"[${peer}]"` : peer;
  return `for=${node};${own.host === '' ? '' : `host="${own.host}";`}proto=${own.proto}`;
}
