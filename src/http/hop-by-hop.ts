import type { HeaderList } from '../types.ts';
import { headerTokens } from './header-list.ts';

/**
 * Fields that concern one connection only and are never passed on: RFC 9110 section 7.6.1, the ones of RFC 2616
 * that old software still sends, and the proxy's own credentials (RFC 9110 section 11.7).
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Most names are told apart by their length alone. */
const HOP_BY_HOP_LENGTHS: ReadonlySet<number> = new Set([...HOP_BY_HOP].map((name) => name.length));

/** The list without hop-by-hop fields and without the fields that `Connection` nominates. */
export function withoutHopByHop(list: HeaderList): HeaderList {
  const nominated = headerTokens(list, 'connection');
  // A short list is looked through faster than a set is made; a long one would take its square.
  const isNominated = nominated.length > 8 ? new Set(nominated) : null;
  return list.filter((field) => {
    const [name] = field;
    const mayBeOne = HOP_BY_HOP_LENGTHS.has(name.length);
    if (!mayBeOne && nominated.length === 0) return true;
    const lower = name.toLowerCase();
    if (mayBeOne && HOP_BY_HOP.has(lower)) return false;
    return !(isNominated === null ? nominated.includes(lower) : isNominated.has(lower));
  });
}
