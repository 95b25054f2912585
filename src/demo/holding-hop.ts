import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { fromRawHeaders, headerValue } from '../http/header-list.ts';
import { withoutHopByHop } from '../http/hop-by-hop.ts';
import { listen } from '../http/listen.ts';
import type { HeaderList } from '../types.ts';
import type { RunningHop } from './hop.ts';
import type { ConfName } from './nginx-conf.ts';

/** nginx's buffer: one memory page; the upstream's response head takes its share of the first one. */
const BLOCK_BYTES = 4_096;

/** Value of the simulated hop's `Server` field: nobody shall take it for a product. */
const SIMULATED_NAME = 'unclog-simulated-hop';

/**
 * A hop that holds by nginx's rules, for machines without nginx. It is a simulation: what it shows is what
 * nginx was measured to do, not what the nginx on some server does.
 *
 * - `buffered`: full blocks of 4096 bytes only, the head with the first one, the rest at the end
 * - `newer-default`: the head waits for the first piece, pieces pass
 * - `passthrough`: everything passes
 *
 * An upstream's `X-Accel-Buffering: no` makes any of them pass everything, and is removed by the first two.
 * @throws ListenError
 */
export async function startHoldingHop(name: ConfName, upstream: string): Promise<RunningHop> {
  const base = new URL(upstream);
  const server = createServer((req, res) => forward(name, base, req, res));
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

function forward(name: ConfName, base: URL, req: IncomingMessage, res: ServerResponse): void {
  const headers = withoutHopByHop(fromRawHeaders(req.rawHeaders)).filter(
    ([field]) => field.toLowerCase() !== 'host',
  );
  const upstream = request({
    host: base.hostname,
    port: base.port,
    method: req.method,
    path: req.url,
    agent: false,
    headers: [...headers, ['Host', base.host], ['Connection', 'close']].flat(),
  });
  upstream.on('response', (answer) => relay(name, answer, res));
  upstream.on('error', () => {
    if (res.headersSent) res.destroy();
    else res.writeHead(502, { 'Content-Type': 'text/plain' }).end('the upstream cannot be reached\n');
  });
  res.on('close', () => upstream.destroy());
  req.pipe(upstream);
}

function relay(name: ConfName, answer: IncomingMessage, res: ServerResponse): void {
  const received = fromRawHeaders(answer.rawHeaders);
  const optedOut = headerValue(received, 'X-Accel-Buffering')?.toLowerCase() === 'no';
  const holds = name === 'buffered' && !optedOut;
  const headFirst = name === 'passthrough' || optedOut;
  const head = () => {
    if (res.headersSent) return;
    res.writeHead(answer.statusCode ?? 502, sentHead(name, received).flat());
    res.flushHeaders();
  };
  let held = Buffer.alloc(0);
  let room = BLOCK_BYTES - headBytes(received);
  answer.on('data', (piece: Buffer) => {
    held = Buffer.concat([held, piece]);
    if (holds && held.length < room) return;
    const whole = holds ? room + Math.floor((held.length - room) / BLOCK_BYTES) * BLOCK_BYTES : held.length;
    head();
    if (!res.write(held.subarray(0, whole))) {
      answer.pause();
      res.once('drain', () => answer.resume());
    }
    held = held.subarray(whole);
    room = BLOCK_BYTES;
  });
  answer.on('end', () => {
    head();
    res.end(held);
  });
  answer.on('error', () => res.destroy());
  if (headFirst) head();
}

function headBytes(received: HeaderList): number {
  const bytes = received.reduce((sum, [field, value]) => sum + field.length + value.length + 4, 32);
  return Math.min(bytes, BLOCK_BYTES - 1);
}

function sentHead(name: ConfName, received: HeaderList): HeaderList {
  const dropped = new Set(['server', ...(name === 'passthrough' ? [] : ['x-accel-buffering'])]);
  const kept = withoutHopByHop(received).filter(([field]) => !dropped.has(field.toLowerCase()));
  return [['Server', SIMULATED_NAME], ...kept];
}
