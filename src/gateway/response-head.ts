import { headerTokens, headerValue, headerValues } from '../http/header-list.ts';
import { withoutHopByHop } from '../http/hop-by-hop.ts';
import { mediaType } from '../http/media-type.ts';
import type { HeaderList } from '../types.ts';
import type { RouteSettings } from './routes.ts';

/** The part of an upstream's response head that decides what happens to it. */
export interface AnswerHead {
  status: number;
  headers: HeaderList;
}

/** Is this answer a stream? Only a 2xx answer of a stream type, or one that says so itself, is; all others pass as they are. */
export function isStreamAnswer(head: AnswerHead, settings: Pick<RouteSettings, 'streamTypes'>): boolean {
  if (head.status < 200 || head.status > 299) return false;
  const type = mediaType(headerValue(head.headers, 'content-type'));
  return (type !== null && settings.streamTypes.has(type)) || isIncremental(head.headers);
}

/**
 * Does the sender ask for incremental forwarding? A Boolean of RFC 9651, parameters ignored; it speaks for the
 * message that carries it and not for the other direction (RFC 10036 section 3).
 */
export function isIncremental(headers: HeaderList): boolean {
  return /^\?1 *(?:;|$)/.test(headerValue(headers, 'incremental') ?? '');
}

/** The fields for the client: hop-by-hop out; on a stream the length out and the opt-outs in. */
export function clientHeaders(head: AnswerHead, isStream: boolean): HeaderList {
  const headers = withoutHopByHop(head.headers);
  return isStream ? withOptOuts(headers) : uniqueLength(headers);
}

const REPLACED_ON_STREAMS = ['content-length', 'x-accel-buffering', 'incremental'];

/**
 * Asks every intermediary on the way not to hold, store or recode the answer:
 * `X-Accel-Buffering` (nginx, ngx_http_proxy_module `proxy_buffering`), `Incremental` (RFC 10036) and `no-transform`
 * (RFC 9111 section 5.2.2.6). What `Cache-Control` says already stays.
 */
function withOptOuts(headers: HeaderList): HeaderList {
  const kept = without(headers, REPLACED_ON_STREAMS);
  const last = kept.findLastIndex(([name]) => name.length === 13 && name.toLowerCase() === 'cache-control');
  const field = kept[last];
  if (field === undefined) kept.push(['Cache-Control', 'no-cache, no-transform']);
  else if (!headerTokens(kept, 'cache-control').includes('no-transform')) {
    kept[last] = [field[0], field[1] === '' ? 'no-transform' : `${field[1]}, no-transform`];
  }
  kept.push(['X-Accel-Buffering', 'no'], ['Incremental', '?1']);
  return kept;
}

/** The list without these fields; names in lower case. */
export function without(headers: HeaderList, names: readonly string[]): HeaderList {
  return headers.filter((field) => !isOneOf(field[0], names));
}

function isOneOf(name: string, names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i++) {
    const one = names[i] as string;
    if (one.length === name.length && one === name.toLowerCase()) return true;
  }
  return false;
}

/** Equal repeats of `Content-Length` become one: RFC 9110 section 8.6. */
function uniqueLength(headers: HeaderList): HeaderList {
  if (headerValues(headers, 'content-length').length < 2) return headers;
  const first = headers.findIndex(([name]) => name.toLowerCase() === 'content-length');
  return headers.filter(([name], i) => i <= first || name.toLowerCase() !== 'content-length');
}

/** The fields once the content coding is undone: what described the coded form no longer holds. */
export function decodedHeaders(headers: HeaderList): HeaderList {
  return changedHeaders(without(headers, ['content-encoding']));
}

/** The fields once bytes of the content are changed: what vouches for or counts the upstream's no longer holds. */
export function changedHeaders(headers: HeaderList): HeaderList {
  return without(headers, ['content-digest', 'repr-digest', 'content-md5', 'digest', 'accept-ranges']).map(
    ([name, value]) =>
      name.toLowerCase() === 'etag' && value.startsWith('"') ? [name, `W/${value}`] : [name, value],
  );
}
