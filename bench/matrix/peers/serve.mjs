import { createServer } from 'node:http';

/**
 * The three relatives of http-proxy share one interface, so they get one server: with their forwarded fields on,
 * websockets on, and the error handler that their manuals show, less its flaw of answering twice.
 */
export function serve(createProxy) {
  const [originPort, listenPort] = process.argv.slice(2).map(Number);
  const proxy = createProxy({ target: `http://127.0.0.1:${originPort}`, ws: true, xfwd: true });
  proxy.on('error', (_error, _req, out) => {
    if (out === undefined || typeof out.writeHead !== 'function' || out.headersSent) out?.destroy();
    else out.writeHead(502).end('Bad Gateway');
  });
  // httpxy returns promises that reject with what the error event has said already.
  const quietly = (promise) => promise?.catch?.(() => {});
  createServer((req, res) => quietly(proxy.web(req, res)))
    .on('upgrade', (req, socket, head) => quietly(proxy.ws(req, socket, head)))
    .listen(listenPort, '127.0.0.1');
}
