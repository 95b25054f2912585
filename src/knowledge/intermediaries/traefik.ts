import { COMPRESSION, type Intermediary, TIMER_HOLDS } from '../intermediary.ts';

export const traefik: Intermediary = {
  id: 'traefik',
  name: 'Traefik',
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
  ],
  limits: [],
  fixes: [
    {
      for: ['held-until-close', 'held-until-full', 'held-unknown'],
      change: '# remove the buffering middleware from the router of the stream',
      source: 'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/buffering/',
    },
    {
      for: [...COMPRESSION, 'held-initially'],
      change: 'traefik.http.middlewares.NAME.compress.excludedcontenttypes=text/event-stream',
      source: 'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/compress/',
    },
    {
      for: [...TIMER_HOLDS],
      change: 'traefik.http.services.NAME.loadbalancer.responseforwarding.flushinterval=-1',
      source: 'https://doc.traefik.io/traefik/reference/routing-configuration/http/load-balancing/service/',
    },
    {
      for: ['cut-by-age'],
      change: 'entryPoints.NAME.transport.respondingTimeouts.writeTimeout=0',
      source: 'https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/',
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
