// LETS the stream flow, and still compresses the rest.
//
// Listens on 127.0.0.1:8082, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with compression 1.8.2 and Express 5.3.0.
import compression from 'compression';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

/** Whether an answer is to be compressed: everything that compression() would, but no event stream. */
const filter = (request, response) =>
  !/event-stream/.test(String(response.getHeader('Content-Type'))) && compression.filter(request, response);

const application = express();
// THE FIX. An application that writes its events itself may call response.flush() after each instead.
// https://github.com/expressjs/compression#server-sent-events
application.use(compression({ filter }));
application.use(
  createProxyMiddleware({
    target: 'http://127.0.0.1:8000',
    on: {
      proxyRes: (answer, _request, response) => {
        // Sends the head at once, not with the first event. https://nodejs.org/api/http.html#responseflushheaders
        response.once('pipe', () => response.flushHeaders());
        // An application that breaks off must not look like one that has finished.
        answer.on('aborted', () => response.destroy());
      },
    },
  }),
);
application.listen(8082, '127.0.0.1');
