// LETS the stream flow, and still changes the rest.
//
// Listens on 127.0.0.1:8082, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with http-proxy-middleware 3.0.10.
import express from 'express';
import { createProxyMiddleware, responseInterceptor } from 'http-proxy-middleware';

const changed = responseInterceptor(async (body) => body);

/** Sends the head at once and every piece as it comes, and breaks off when the application does. */
function streamed(answer, _request, response) {
  response.writeHead(answer.statusCode, answer.headers);
  response.flushHeaders();
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

const application = express();
application.use(
  createProxyMiddleware({
    target: 'http://127.0.0.1:8000',
    selfHandleResponse: true,
    on: {
      // THE FIX. What is an event stream is not read to its end.
      // https://github.com/chimurai/http-proxy-middleware/blob/master/recipes/response-interceptor.md
      proxyRes: (answer, ...rest) =>
        (/^text\/event-stream/.test(answer.headers['content-type']) ? streamed : changed)(answer, ...rest),
    },
  }),
);
application.listen(8082, '127.0.0.1');
