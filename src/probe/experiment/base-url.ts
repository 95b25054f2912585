/** Endpoints of an unclog origin below its check path. */
export type Endpoint = 'stream' | 'lockstep' | 'lockstep/result' | 'ack' | 'clock' | 'body' | 'seen';

const CHECK_PATH = '/.well-known/unclog/';

/**
 * The address of an endpoint behind BASE. BASE is the prefix under which the origin is reached; the address of its
 * stream (`…/stream`) or of anything on its check path leads to the same prefix.
 */
export function endpointUrl(
  base: string,
  endpoint: Endpoint,
  query: Readonly<Record<string, string | number>> = {},
): string {
  const url = new URL(base);
  const check = url.pathname.indexOf(CHECK_PATH);
  const prefix = check >= 0 ? url.pathname.slice(0, check) : url.pathname.replace(/\/stream$/, '');
  url.pathname = `${prefix.replace(/\/+$/, '')}${CHECK_PATH}${endpoint}`;
  url.hash = '';
  // What BASE itself asks for (a tenant, a key) stays in front.
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url.href;
}
