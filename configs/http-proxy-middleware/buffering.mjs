// HOLDS the stream: it comes in one piece, when it is over.
//
// Listens on 127.0.0.1:8081, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with http-proxy-middleware 3.0.10.
import express from 'express';
import { createProxyMiddleware, responseInterceptor } from 'http-proxy-middleware';

const application = express();
application.use(
  createProxyMiddleware({
    target: 'http://127.0.0.1:8000',
    // From the recipe for changing answers: every answer is read to its end, streams too, and sent with its length.
    // https://github.com/chimurai/http-proxy-middleware/blob/master/recipes/response-interceptor.md
    selfHandleResponse: true,
    on: { proxyRes: responseInterceptor(async (body) => body) },
  }),
);
application.listen(8081, '127.0.0.1');
