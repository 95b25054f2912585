import fastifyHttpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

const [originPort, listenPort] = process.argv.slice(2).map(Number);
const app = fastify({ logger: false });
const upstream = `http://127.0.0.1:${originPort}`;
// Its default pool holds 128 streams, and undici cuts a quiet body after five minutes.
const undici = { connections: 20_000, pipelining: 1, bodyTimeout: 0, headersTimeout: 0 };
await app.register(fastifyHttpProxy, { upstream, undici, websocket: true });
await app.listen({ port: listenPort, host: '127.0.0.1' });
