import { Agent, createServer } from 'node:http';
import { createProxyServer } from 'httpxy';

const [originPort, listenPort] = process.argv.slice(2).map(Number);
// Its own agent holds 256 streams.
const agent = new Agent({ keepAlive: true });
const proxy = createProxyServer({ target: `http://127.0.0.1:${originPort}`, agent });
proxy.on('error', (_error, _req, res) => res?.destroy());
// web() rejects when a client leaves; the error event has said so already.
createServer((req, res) => proxy.web(req, res).catch(() => {})).listen(listenPort, '127.0.0.1', 4_096);
