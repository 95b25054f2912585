import { headerValue } from '../http/header-list.ts';
import type { HeaderList } from '../types.ts';
import { VERSION } from '../version.ts';
import {
  type ClientCertificate,
  isCredential,
  type ObserveOptions,
  type ProbeTarget,
  requestFields,
} from './targets.ts';
import type { WireRequest } from './wire/answer-sink.ts';
import { basicAuthorization } from './wire/proxy-choice.ts';

/** A request with what is needed to connect for it. */
export interface PlannedRequest extends WireRequest {
  certificate: ClientCertificate | null;
  /** True when credentials were left out, since they are for another origin. */
  withoutCredentials: boolean;
}

/** Redirects that a browser follows (WHATWG Fetch section 2.2.6). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Fields of a body, which go with it. */
const BODY_FIELDS: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'transfer-encoding',
  'content-encoding',
]);

/** A short GET for another URL of the same path: who the caller is goes along, and nothing about streams. */
export function sideRequest(url: URL, target: ProbeTarget): PlannedRequest {
  const request = plan(url, target, 'GET', null);
  const fields = request.fields.filter(([name]) => isCredential(name) || name.toLowerCase() === 'host');
  return { ...request, fields };
}

/** The request for the target's own URL. */
export function firstRequest(target: ProbeTarget, { method, body }: ObserveOptions): PlannedRequest {
  return plan(new URL(target.url), target, method, body);
}

/**
 * The request that a redirect asks for, or null where there is none to follow. Credentials, client certificate and a `Host` of the
 * user's own are for the origin of the first URL; what is left of a POST is a GET unless the status says otherwise (RFC
 * 9110 section 15.4).
 */
export function followRedirect(
  answer: { status: number; headers: HeaderList },
  before: WireRequest,
  target: ProbeTarget,
  { redirects }: Pick<ObserveOptions, 'redirects'>,
): PlannedRequest | null {
  const location = headerValue(answer.headers, 'location');
  if (redirects === 'none' || !REDIRECTS.has(answer.status) || location === null) return null;
  if (!URL.canParse(location, before.url.href)) return null;
  const url = new URL(location, before.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  if (redirects === 'same-host' && url.hostname !== new URL(target.url).hostname) return null;
  // The fragment of the request stays in force (RFC 9110 section 10.2.2), but is never sent.
  const becomesGet =
    (answer.status === 303 && before.method !== 'HEAD') || (answer.status < 303 && before.method === 'POST');
  return becomesGet ? plan(url, target, 'GET', null, true) : plan(url, target, before.method, before.body);
}

function plan(
  url: URL,
  target: ProbeTarget,
  method: string,
  body: Buffer | null,
  withoutBody = false,
): PlannedRequest {
  const first = new URL(target.url);
  const own = url.origin === first.origin;
  const all = requestFields(target, VERSION);
  const isFor = ([name]: HeaderList[number]): boolean =>
    (own || (!isCredential(name) && name.toLowerCase() !== 'host')) &&
    !(withoutBody && BODY_FIELDS.has(name.toLowerCase()));
  const fields = all.filter(isFor);
  const authorization = basicAuthorization(own && url.username === '' ? first : url);
  if (authorization !== null && headerValue(fields, 'authorization') === null)
    fields.push(['Authorization', authorization]);
  const hasCredentials =
    target.certificate !== undefined || first.username !== '' || all.some(([name]) => isCredential(name));
  return {
    method,
    url,
    fields,
    body,
    certificate: own ? (target.certificate ?? null) : null,
    withoutCredentials: !own && hasCredentials,
  };
}
