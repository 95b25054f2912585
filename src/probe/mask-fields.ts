import { maskHeaders, maskUrl } from '../report/mask.ts';
import type { Observation, ObservedProxy, ObservedRedirect, WireRecord } from '../types.ts';

/** Secrets outside the body: they are never saved, whatever becomes of the payload. */
export function maskFields(observation: Observation): Observation {
  const { request, response, pathHeaders, wire, redirects, proxy } = observation;
  return {
    ...observation,
    url: maskUrl(observation.url),
    request: { ...request, headers: maskHeaders(request.headers) },
    response: response && { ...response, headers: maskHeaders(response.headers) },
    ...(pathHeaders === undefined ? {} : { pathHeaders: maskHeaders(pathHeaders) }),
    ...(wire === undefined ? {} : { wire: maskWire(wire) }),
    ...(redirects === undefined ? {} : { redirects: redirects.map(maskRedirect) }),
    ...(proxy === undefined ? {} : { proxy: maskProxy(proxy) }),
  };
}

function maskWire(wire: WireRecord): WireRecord {
  const interim = wire.interim.map((one) => ({ ...one, headers: maskHeaders(one.headers) }));
  return { ...wire, interim, trailers: maskHeaders(wire.trailers) };
}

function maskRedirect(redirect: ObservedRedirect): ObservedRedirect {
  const { url, location, headers } = redirect;
  return { ...redirect, url: maskUrl(url), location: maskUrl(location), headers: maskHeaders(headers) };
}

function maskProxy(proxy: ObservedProxy): ObservedProxy {
  const { url, answer } = proxy;
  return {
    ...proxy,
    url: maskUrl(url),
    answer: answer && { ...answer, headers: maskHeaders(answer.headers) },
  };
}
