import { COMPRESSION, type Intermediary, TIMER_HOLDS } from '../intermediary.ts';
import { sortedHere } from '../wire-style.ts';

export const traefik: Intermediary = {
  id: 'traefik',
  name: 'Traefik',
  kind: 'proxy',
  explain:
    'Streams event streams and answers of unknown length at once; other answers are flushed every 100 ms. The buffering middleware collects whole answers, the compress middleware holds the first 1024 bytes and compresses event streams unless they are excluded. It ignores X-Accel-Buffering.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    {
      what: 'its default certificate',
      confidence: 'certain',
      seen: ({ tls }) =>
        /TRAEFIK DEFAULT CERT/i.test(tls?.issuer ?? '') ? `certificate of ${tls?.issuer}` : null,
    },
    {
      what: 'field names sorted, as programs in Go write them',
      confidence: 'possible',
      seen: (observation, nearer) => (sortedHere(observation, nearer) ? 'field names sorted' : null),
    },
  ],
  limits: [],
  fixes: [
    {
      for: ['held-until-close', 'held-until-full', 'held-unknown'],
      section: 'the router of the stream',
      change: '# remove the buffering middleware from the router of the stream',
      source: 'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/buffering/',
    },
    {
      for: [...COMPRESSION, 'held-initially'],
      section: 'labels or file provider, the compress middleware',
      change: 'traefik.http.middlewares.NAME.compress.excludedcontenttypes=text/event-stream',
      source: 'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/compress/',
    },
    {
      for: [...TIMER_HOLDS],
      section: 'labels or file provider, the service',
      change: 'traefik.http.services.NAME.loadbalancer.responseforwarding.flushinterval=-1',
      source: 'https://doc.traefik.io/traefik/reference/routing-configuration/http/load-balancing/service/',
    },
    {
      for: ['cut-by-age'],
      section: 'static configuration',
      change: 'entryPoints.NAME.transport.respondingTimeouts.writeTimeout=0',
      source: 'https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/',
    },
  ],
  ineffective: [
    {
      for: ['held-until-close', 'held-initially', 'compressed-unflushed'],
      advice: 'responseForwarding.flushInterval',
      why: 'Event streams are flushed at once already; the buffering and compress middlewares come before it.',
      source: 'https://doc.traefik.io/traefik/reference/routing-configuration/http/load-balancing/service/',
    },
    {
      for: ['cut-when-idle'],
      advice: 'serversTransport.forwardingTimeouts.idleConnTimeout',
      why: 'It is for pooled connections without a request.',
      source:
        'https://doc.traefik.io/traefik/reference/routing-configuration/http/load-balancing/serverstransport/',
    },
  ],
  because: {
    'held-until-close': 'The buffering middleware of Traefik collects whole answers.',
    'compressed-unflushed':
      'The compress middleware of Traefik compresses event streams unless text/event-stream is excluded.',
    'held-initially': 'The compress middleware of Traefik waits for 1024 bytes before it decides.',
  },
  sources: [
    'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/buffering/',
    'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/compress/',
    'https://github.com/traefik/traefik/issues/2576',
  ],
};
