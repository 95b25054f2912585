// LETS the stream flow.
//
// Listens on 127.0.0.1:8082, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with http-proxy-3 1.23.3.
import { createServer } from 'node:http';
import httpProxy from 'http-proxy-3';

const proxy = httpProxy.createProxyServer({ target: 'http://127.0.0.1:8000' });

// THE FIX. Sends the head at once, not with the first event. The head is whole when the body is piped.
// https://nodejs.org/api/http.html#responseflushheaders
proxy.on('proxyRes', (_answer, _request, response) => response.once('pipe', () => response.flushHeaders()));

// An application that breaks off must not look like one that has finished.
proxy.on('proxyRes', (answer, _request, response) => answer.on('aborted', () => response.destroy()));
proxy.on('error', (_error, _request, response) => response.destroy());

createServer((request, response) => proxy.web(request, response)).listen(8082, '127.0.0.1');
