// HOLDS the head of the stream: it comes with the first event, so that an EventSource is not "open" before.
//
// Listens on 127.0.0.1:8081, forwards to 127.0.0.1:8000. `npm ci --prefix configs` installs what it imports.
// Tried with http-proxy-3 1.23.3.
import { createServer } from 'node:http';
import httpProxy from 'http-proxy-3';

// Nothing more is needed: the answer is piped, and Node sends a head together with the first piece of its body.
// https://nodejs.org/api/http.html#responseflushheaders
const proxy = httpProxy.createProxyServer({ target: 'http://127.0.0.1:8000' });

proxy.on('error', (_error, _request, response) => response.destroy());
createServer((request, response) => proxy.web(request, response)).listen(8081, '127.0.0.1');
