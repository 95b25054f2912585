import { createServer } from 'node:http';
import httpProxy from 'http-proxy-3';

const [originPort, listenPort] = process.argv.slice(2).map(Number);
const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${originPort}` });
proxy.on('error', (_error, _req, res) => res.destroy());
createServer((req, res) => proxy.web(req, res)).listen(listenPort, '127.0.0.1', 4_096);
