import type { HeaderList } from '../types.ts';

/** What stands in for a secret. */
const MASK = '***';

/** Field names whose values let someone else act as the user: credentials, sessions, keys, signatures. */
const CREDENTIAL =
  /(^|[-_])(authorization|auth|cookie2?|token|secret|password|passwd|credentials?|session|session-?id|sid|signature|jwt|csrf|xsrf|(api|access|subscription|functions)?-?key|apikey)([-_]|$)/i;

/** Fields that name a scheme before their secret (RFC 9110 section 11): the scheme tells something, the rest is masked. */
const CHALLENGE = /^(www|proxy)-authenticat(e|ion)|^authentication-info$/i;

/** Absolute and network-path URLs inside a text. */
const URL_IN_TEXT = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>`]+/gi;

/**
 * A URL that may be shown: user information and fragment removed, the value of each query parameter masked (a parameter
 * without a name as a whole). Works on relative references and on what no URL parser accepts, too.
 */
export function maskUrl(url: string): string {
  const [beforeFragment = ''] = url.split('#', 1);
  const question = beforeFragment.indexOf('?');
  const path = question < 0 ? beforeFragment : beforeFragment.slice(0, question);
  // The authority ends at the first slash; the user information at its last "@".
  const shown = path.replace(
    /^([a-z][a-z0-9+.-]*:)?\/\/[^/]*@/i,
    (_, scheme: string | undefined) => `${scheme ?? ''}//`,
  );
  return question < 0 ? shown : `${shown}?${maskQuery(beforeFragment.slice(question + 1))}`;
}

function maskQuery(query: string): string {
  return query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals >= 0) return `${pair.slice(0, equals + 1)}${MASK}`;
      return pair === '' ? '' : MASK;
    })
    .join('&');
}

/** The same for every URL that a sentence mentions. */
export function maskUrls(text: string): string {
  return text.replace(URL_IN_TEXT, (match) => {
    // What ends a sentence or a bracket around the URL is not part of it.
    const [url = ''] = /^.*?(?=[.,;:!?)\]]*$)/s.exec(match) ?? [];
    return maskUrl(url) + match.slice(url.length);
  });
}

/** Response fields as they may be shown: names, order, case and repeats kept, credentials masked. */
export function maskHeaders(headers: HeaderList): HeaderList {
  return headers.map(([name, value]) => [name, maskField(name, value)]);
}

/** The same without touching URLs, which a recording keeps: only what would let someone else act as the user. */
export function maskCredentials(headers: HeaderList): HeaderList {
  return headers.map(([name, value]) => [name, maskCredential(name, value) ?? value]);
}

/** Does a field of this name carry a secret? */
export function isCredentialField(name: string): boolean {
  return CREDENTIAL.test(name) && !/^access-control-/i.test(name);
}

/** Null where the field carries none. */
function maskCredential(name: string, value: string): string | null {
  // The name of a cookie often tells which load balancer set it.
  if (/^set-cookie2?$/i.test(name))
    return /^\s*[^=;\s]+=/.test(value) ? `${value.split('=', 1)[0]?.trim()}=${MASK}` : MASK;
  if (CHALLENGE.test(name)) return value.replace(/^(\S+)\s.*$/s, `$1 ${MASK}`);
  return isCredentialField(name) ? MASK : null;
}

function maskField(name: string, value: string): string {
  const masked = maskCredential(name, value);
  if (masked !== null) return masked;
  if (/^(content-)?location$/i.test(name)) return maskUrl(value);
  // Relative references with a query appear in Link, Refresh and home-made fields.
  return maskUrls(value).replace(/([?&][^=&\s"'<>;,]+=)[^&\s"'<>;,]+/g, `$1${MASK}`);
}
