import { BUFFER_HOLDS, type Intermediary, TIMER_HOLDS } from '../intermediary.ts';

export const springCloudGateway: Intermediary = {
  id: 'spring-cloud-gateway',
  name: 'Spring Cloud Gateway',
  kind: 'gateway',
  explain:
    'Flushes each buffer only of the media types it lists as streaming: text/event-stream, application/stream+json, gRPC. NDJSON and plain text token streams come late.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS, ...TIMER_HOLDS],
      section: 'application.yml',
      change:
        'spring.cloud.gateway.server.webflux.streaming-media-types: [text/event-stream, application/stream+json, application/x-ndjson]',
      versions: 'before 4.3: spring.cloud.gateway.streaming-media-types',
      source: 'https://docs.spring.io/spring-cloud-gateway/reference/appendix.html',
    },
  ],
  ineffective: [],
  because: {
    'held-unknown': 'Spring Cloud Gateway flushes only the media types that it lists as streaming.',
    'held-until-full': 'Spring Cloud Gateway flushes only the media types that it lists as streaming.',
  },
  sources: [
    'https://docs.spring.io/spring-cloud-gateway/reference/appendix.html',
    'https://github.com/spring-cloud/spring-cloud-gateway',
  ],
};
