// LETS the stream flow.
//
// Listens on 127.0.0.1:8082, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with @fastify/http-proxy 11.6.3.
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

const server = fastify();
await server.register(httpProxy, {
  upstream: 'http://127.0.0.1:8000',
  replyOptions: {
    // THE FIX. Sends the head at once, not with the first event.
    // https://nodejs.org/api/http.html#responseflushheaders
    onResponse: (_request, reply, answer) => {
      reply.raw.once('pipe', () => reply.raw.flushHeaders());
      reply.send(answer.stream);
    },
  },
});
await server.listen({ host: '127.0.0.1', port: 8082 });
