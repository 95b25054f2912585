import type { Observation } from '../../types.ts';
import { COMPRESSION, type Intermediary, measuredAborts, TIMER_HOLDS } from '../intermediary.ts';
import { rawBodyStart } from '../readings.ts';
import { lowerCasedByNode, lowerCasedHere, upperCaseSizes } from '../wire-style.ts';

/** HAProxy writes HTTP/1.1 field names in lower case. Envoy does too, and says who it is, and so do proxies in Node; over HTTP/2 everybody does. */
function lowerCased(observation: Observation, nearer: Observation | null): string | null {
  const names = (observation.response?.headers ?? []).map(([name]) => name);
  const saysWho = names.some((name) => name.startsWith('x-envoy-') || name === 'via');
  return lowerCasedHere(observation, nearer) && !saysWho && !lowerCasedByNode(observation, nearer)
    ? 'all field names turned to lower case'
    : null;
}

export const haproxy: Intermediary = {
  id: 'haproxy',
  name: 'HAProxy',
  kind: 'proxy',
  tried: { version: '2.6.12', date: '2026-11-22' },
  explain:
    'Passes data on as it comes, but lets the kernel wait for full packets: over clear-text listeners small events and the response head are about 200 ms late unless "option http-no-delay" is set. Its compression is one event behind. It ignores X-Accel-Buffering and passes it on, leaves Cache-Control: no-transform uncompressed, cuts quiet streams by "timeout server" (neither "timeout client" nor "timeout tunnel" does), and notices a leaving client at once only with "option abortonclose".',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    {
      what: 'field names turned to lower case, without the marks of Envoy',
      confidence: 'likely',
      seen: lowerCased,
    },
    {
      what: 'its error page',
      confidence: 'certain',
      seen: (observation) =>
        (observation.response?.status ?? 0) >= 400 &&
        /<h1>50[0234] [\w -]+<\/h1>\s*(?:The server (?:didn't respond|returned an invalid)|No server is available)/.test(
          rawBodyStart(observation),
        )
          ? 'its error page'
          : null,
    },
    {
      what: 'chunk sizes in upper-case hexadecimal, beside field names in lower case',
      confidence: 'likely',
      seen: (observation, nearer) =>
        upperCaseSizes(observation, nearer) && lowerCased(observation, nearer) !== null
          ? 'chunk sizes in upper case'
          : null,
    },
    {
      what: 'chunk sizes in upper-case hexadecimal (nghttpx and Squid write them too)',
      confidence: 'possible',
      seen: (observation, nearer) =>
        upperCaseSizes(observation, nearer) ? 'chunk sizes in upper case' : null,
    },
    { field: 'set-cookie', matches: /^(?:SERVERID|SRV)=/, confidence: 'possible' },
  ],
  limits: [
    {
      seconds: 50,
      kind: 'idle',
      setting: 'timeout server of the packaged configuration',
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20server',
    },
    {
      seconds: 30,
      kind: 'idle',
      setting: 'timeout server of many tutorials',
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20server',
    },
    {
      seconds: 50,
      kind: 'first-byte',
      setting: 'timeout server of the packaged configuration',
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20server',
    },
  ],
  measured: [
    {
      version: '2.6.12',
      setting: 'no "option http-no-delay" (the default)',
      finding: 'held-for-time',
      curedBy: [],
    },
    {
      version: '2.6.12',
      setting: '"compression" without types, with "option http-no-delay"',
      finding: 'held-one-behind',
      config: 'configs/haproxy/passthrough-compression.cfg',
      curedBy: ['no-transform', 'gateway-behind', 'gateway-in-front'],
    },
    {
      version: '2.6.12',
      setting: '"http-response wait-for-body"',
      finding: 'held-until-close',
      config: 'configs/haproxy/passthrough-wait-for-body.cfg',
      curedBy: [],
    },
    {
      version: '2.6.12',
      setting: '"timeout server 30s", whatever "timeout tunnel" and "timeout client" say',
      finding: 'cut-when-idle',
      config: 'configs/haproxy/passthrough-idle.cfg',
      curedBy: [],
    },
  ],
  passesAborts: measuredAborts({
    'configs/haproxy/passthrough.cfg': 'at once',
    'configs/haproxy/buffering.cfg': 'on write',
  }),
  fixes: [
    {
      for: [...TIMER_HOLDS, 'head-held', 'held-unknown'],
      section: 'defaults, or both the frontend and the backend of the stream',
      change: 'option http-no-delay',
      config: 'configs/haproxy/passthrough.cfg',
      proven: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20http-no-delay',
    },
    {
      for: ['held-until-close', 'held-until-full', 'held-initially'],
      section: 'in place of: http-response wait-for-body',
      change:
        'http-response wait-for-body time 10s unless { res.hdr(content-type) -m beg text/event-stream }',
      config: 'configs/haproxy/passthrough-wait-for-body.cfg',
      proven: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-http-response%20wait-for-body',
    },
    {
      for: ['held-one-behind', ...COMPRESSION],
      section: 'the section that has "compression algo"',
      change:
        'compression type text/html text/css application/javascript application/json  # without text/event-stream',
      config: 'configs/haproxy/passthrough-compression.cfg',
      proven: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-compression%20type',
    },
    {
      for: ['abort-not-propagated'],
      section: 'defaults, or the frontend and the backend of the stream: both',
      change: 'option abortonclose',
      config: 'configs/haproxy/passthrough.cfg',
      proven: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20abortonclose',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'defaults or the backend of the stream',
      change: 'timeout server 1h',
      config: 'configs/haproxy/passthrough.cfg',
      proven: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20server',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'the backend, where pages are to keep a shorter one',
      change: 'http-request set-timeout server 1h if { path -m reg ^/(stream|\\.well-known/unclog)(/|$) }',
      versions: '2.4 and newer',
      config: 'configs/haproxy/passthrough-idle.cfg',
      proven: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-http-request%20set-timeout',
    },
    {
      for: ['request-body-held'],
      section: 'in place of: option http-buffer-request',
      change:
        'http-request wait-for-body time 10s unless is_stream  # acl is_stream path -m reg ^/stream(/|$)',
      config: 'configs/haproxy/passthrough-wait-for-body.cfg',
      proven: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-http-request%20wait-for-body',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      advice: 'timeout tunnel 1h',
      why: 'It applies after an upgrade (WebSocket); an event stream is an answer.',
      tested: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20tunnel',
    },
    {
      for: ['cut-when-idle'],
      advice: 'timeout client 1h',
      why: 'A client that only reads is not timed by it; "timeout server" ends the stream.',
      tested: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20client',
    },
    {
      for: [...TIMER_HOLDS, 'head-held', 'held-until-close'],
      advice: 'no option http-buffer-request',
      why: 'It is about the body of the request.',
      tested: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20http-buffer-request',
    },
    {
      for: [...TIMER_HOLDS, 'head-held'],
      advice: 'option http-server-close',
      why: 'It is about the connection after the answer.',
      tested: true,
      source: 'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20http-server-close',
    },
  ],
  because: {
    'abort-not-propagated':
      'HAProxy looks at its client only when it has something to write, unless "option abortonclose" is set.',
    'held-for-time':
      'HAProxy lets the kernel collect small pieces into full packets for about 200 ms, on listeners without TLS.',
    'held-constant':
      'HAProxy lets the kernel wait about 200 ms for a full packet; when events are rarer than that, each one is late by just that.',
    'held-one-behind': 'HAProxy compression keeps each event until the next one comes.',
    'compressed-unflushed':
      'HAProxy compresses event streams when "compression type" does not list the types.',
    'request-body-held': 'HAProxy collects request bodies with "option http-buffer-request".',
    'held-until-close': 'HAProxy holds a whole answer only with "http-response wait-for-body".',
    'cut-when-idle':
      'HAProxy ends an answer whose server was silent for "timeout server"; "timeout client" and "timeout tunnel" do not apply to event streams.',
  },
  sources: [
    'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20http-no-delay',
    'https://docs.haproxy.org/2.6/configuration.html#4.2-compression%20algo',
    'https://docs.haproxy.org/2.6/configuration.html#4.2-option%20abortonclose',
    'https://github.com/haproxy/haproxy/blob/master/doc/configuration.txt',
  ],
};
