// HOLDS the stream: compressed, and nothing but the 10 bytes of the gzip header comes before the end.
//
// Listens on 127.0.0.1:8081, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with compression 1.8.2 and Express 5.3.0.
import compression from 'compression';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

const application = express();
// As in most tutorials: compresses whatever is compressible, text/event-stream included, and never flushes by itself.
// It strikes only clients that accept gzip, which every browser does.
// https://github.com/expressjs/compression#server-sent-events
application.use(compression());
application.use(createProxyMiddleware({ target: 'http://127.0.0.1:8000' }));
application.listen(8081, '127.0.0.1');
