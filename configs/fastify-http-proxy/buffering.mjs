// HOLDS the head of the stream: it comes with the first event, so that an EventSource is not "open" before.
//
// Listens on 127.0.0.1:8081, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with @fastify/http-proxy 11.6.3.
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

const server = fastify();
// Nothing more is needed: the answer is piped, and Node sends a head together with the first piece of its body.
// https://nodejs.org/api/http.html#responseflushheaders
await server.register(httpProxy, { upstream: 'http://127.0.0.1:8000' });
await server.listen({ host: '127.0.0.1', port: 8081 });
