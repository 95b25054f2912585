import type { Intermediary } from '../intermediary.ts';

export const fastifyHttpProxy: Intermediary = {
  id: 'fastify-http-proxy',
  name: '@fastify/http-proxy',
  kind: 'application',
  tried: { version: '11.6.3', date: '2026-11-22' },
  explain:
    'Pipes events on as they come and passes on that a client has left. The response head waits for the first event, as Node sends both together.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  measured: [{ version: '11.6.3', setting: 'the default', finding: 'head-held', curedBy: [] }],
  fixes: [
    {
      for: ['head-held'],
      section: 'replyOptions of the registration',
      change:
        "onResponse: (_request, reply, answer) => {\n  reply.raw.once('pipe', () => reply.raw.flushHeaders());\n  reply.send(answer.stream);\n},",
      config: 'configs/fastify-http-proxy/passthrough.mjs',
      proven: true,
      source: 'https://nodejs.org/api/http.html#responseflushheaders',
    },
  ],
  ineffective: [],
  because: {
    'head-held':
      'Node sends a response head together with the first piece of its body unless it is flushed, and Fastify does not flush it.',
  },
  sources: [
    'https://github.com/fastify/fastify-http-proxy',
    'https://github.com/fastify/fastify-reply-from',
    'https://nodejs.org/api/http.html#responseflushheaders',
  ],
};
