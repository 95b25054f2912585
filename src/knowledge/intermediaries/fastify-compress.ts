import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const fastifyCompress: Intermediary = {
  id: 'fastify-compress',
  name: '@fastify/compress',
  kind: 'application',
  explain: 'Compresses streamed replies when it is registered for all routes.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  fixes: [
    {
      for: [...COMPRESSION],
      where: 'origin',
      section: 'the registration',
      change: 'await app.register(compress, { global: false });',
      source: 'https://github.com/fastify/fastify-compress',
    },
    {
      for: [...COMPRESSION],
      where: 'origin',
      section: 'the route of the stream',
      change: 'reply.header("x-no-compression", "true");',
      source: 'https://github.com/mpetrunic/fastify-sse-v2/pull/8',
    },
  ],
  ineffective: [],
  because: {
    'compressed-unflushed':
      '@fastify/compress compresses streamed replies when it is registered for all routes.',
  },
  sources: [
    'https://github.com/mpetrunic/fastify-sse-v2/pull/8',
    'https://github.com/fastify/fastify-compress',
  ],
};
