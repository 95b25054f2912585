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

/** The list without hop-by-hop fields and without the fields that `Connection` nominates. */
export function withoutHopByHop(list: HeaderList): HeaderList {
  const nominated = new Set(headerTokens(list, 'connection'));
  return list.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !nominated.has(lower);
  });
}
