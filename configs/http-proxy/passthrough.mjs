// LETS the stream flow.
//
// Listens on 127.0.0.1:8082, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with http-proxy 1.18.1.
import { createServer } from 'node:http';
import httpProxy from 'http-proxy';

const proxy = httpProxy.createProxyServer({ target: 'http://127.0.0.1:8000' });

// THE FIX. Sends the head at once, not with the first event. The head is whole when the body is piped.
// https://nodejs.org/api/http.html#responseflushheaders
proxy.on('proxyRes', (_answer, _request, response) => response.once('pipe', () => response.flushHeaders()));

// Tells the application that a client has left: since Node 16 http-proxy 1.18 does not notice, and every closed tab
// leaves a stream behind. https://github.com/http-party/node-http-proxy/pull/1580
proxy.on('proxyReq', (upstream, _request, response) => response.on('close', () => upstream.destroy()));

// An application that breaks off must not look like one that has finished.
proxy.on('proxyRes', (answer, _request, response) => answer.on('aborted', () => response.destroy()));
proxy.on('error', (_error, _request, response) => response.destroy());

createServer((request, response) => proxy.web(request, response)).listen(8082, '127.0.0.1');
