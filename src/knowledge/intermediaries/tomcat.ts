import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const tomcat: Intermediary = {
  id: 'tomcat',
  name: 'Tomcat and Spring MVC',
  kind: 'application',
  explain:
    'An asynchronous answer ends after asyncTimeout (30 s) unless the emitter has a time-out of its own. The connector compresses only listed types, text/event-stream not among them, unless compression is "force".',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [
    {
      seconds: 30,
      kind: 'total',
      setting: 'asyncTimeout of the connector',
      source: 'https://tomcat.apache.org/tomcat-10.1-doc/config/http.html',
    },
  ],
  fixes: [
    {
      for: ['cut-by-age'],
      where: 'origin',
      section: 'the controller',
      change: 'return new SseEmitter(0L);   // 0: no time-out',
      source: 'https://docs.spring.io/spring-framework/reference/web/webmvc/mvc-ann-async.html',
    },
    {
      for: [...COMPRESSION],
      where: 'origin',
      section: 'application.properties',
      change: 'server.compression.mime-types=text/html,text/css,application/json',
      source: 'https://docs.spring.io/spring-boot/appendix/application-properties/',
    },
  ],
  ineffective: [
    {
      for: ['cut-by-age'],
      advice: 'heartbeats, or server.tomcat.connection-timeout',
      why: 'The asynchronous time-out counts from the request, busy or not.',
      source: 'https://tomcat.apache.org/tomcat-10.1-doc/config/http.html',
    },
  ],
  because: {
    'cut-by-age': 'Tomcat ends an asynchronous answer after asyncTimeout (30 s by default).',
    'compressed-unflushed':
      'Tomcat compresses an event stream when its type is listed or compression is "force".',
  },
  sources: [
    'https://tomcat.apache.org/tomcat-10.1-doc/config/http.html',
    'https://docs.spring.io/spring-framework/reference/web/webmvc/mvc-ann-async.html',
  ],
};
