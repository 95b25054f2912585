/**
 * Where an unclog origin that serves this stream URL answers clock exchanges: the check path lies beside the
 * stream, so that whatever leads to one leads to the other.
 */
export function clockUrl(streamUrl: string): URL {
  const url = new URL(streamUrl);
  const wellKnown = url.pathname.indexOf('/.well-known/unclog/');
  const prefix =
    wellKnown >= 0 ? url.pathname.slice(0, wellKnown) : url.pathname.slice(0, url.pathname.lastIndexOf('/'));
  url.pathname = `${prefix}/.well-known/unclog/clock`;
  url.search = '';
  url.hash = '';
  return url;
}
