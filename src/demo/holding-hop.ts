import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { fromRawHeaders, headerValue } from '../http/header-list.ts';
import { withoutHopByHop } from '../http/hop-by-hop.ts';
import { listen } from '../http/listen.ts';
import type { HeaderList } from '../types.ts';
import type { HopOptions, RunningHop } from './hop.ts';
import { type ConfName, changeConf, placeConf, readConf } from './nginx-conf.ts';

/** nginx's buffer: one memory page; the upstream's response head takes its share of the first one. */
const BLOCK_BYTES = 4_096;

/** Value of the simulated hop's `Server` field: nobody shall take it for a product. */
const SIMULATED_NAME = 'unclog-simulated-hop';

/** What a configuration decides about a stream. */
interface Rules {
  /** Full blocks only, the rest at the end. */
  holds: boolean;
  /** The response head does not wait for the first piece of the body. */
  headFirst: boolean;
  /** The upstream's `X-Accel-Buffering` is passed on after it was obeyed. */
  passesOptOut: boolean;
}

/**
 * A hop that holds by nginx's rules, for machines without nginx. It is a simulation: what it shows is what
 * nginx was measured to do, not what the nginx on some server does. It reads from the configuration:
 *
 * - `proxy_buffering on`, `proxy_http_version 1.0`: full blocks of 4096 bytes only, the head with the first one, the
 *   rest at the end
 * - `proxy_buffering on`, `proxy_http_version 1.1`: the head waits for the first piece, pieces pass
 * - `proxy_buffering off`: everything passes
 *
 * An upstream's `X-Accel-Buffering: no` makes any of them pass everything, and is removed without `proxy_pass_header`.
 * @throws ListenError
 */
export async function startHoldingHop(
  name: ConfName,
  upstream: string,
  { host = '127.0.0.1', port: wantedPort = 0, directives }: HopOptions = {},
): Promise<RunningHop> {
  const base = new URL(upstream);
  const text = changeConf(await readConf(name), directives ?? {});
  const rules = rulesOf(text);
  const server = createServer((req, res) => forward(rules, base, req, res));
  const { port } = await listen(server, { host, port: wantedPort });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  const conf = placeConf(text, { listen: `${host}:${port}`, upstream, folder: '/tmp' });
  return { url: `http://127.0.0.1:${port}`, conf, close };
}

function rulesOf(conf: string): Rules {
  const has = (directive: string) => new RegExp(`^\\s*${directive};$`, 'm').test(conf);
  const buffers = !has('proxy_buffering off');
  return {
    holds: buffers && !has('proxy_http_version 1\\.1'),
    headFirst: !buffers,
    passesOptOut: has('proxy_pass_header X-Accel-Buffering'),
  };
}

function forward(rules: Rules, base: URL, req: IncomingMessage, res: ServerResponse): void {
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
  upstream.on('response', (answer) => relay(rules, answer, res));
  upstream.on('error', () => {
    if (res.headersSent) res.destroy();
    else res.writeHead(502, { 'Content-Type': 'text/plain' }).end('the upstream cannot be reached\n');
  });
  res.on('close', () => upstream.destroy());
  req.pipe(upstream);
}

function relay(rules: Rules, answer: IncomingMessage, res: ServerResponse): void {
  const received = fromRawHeaders(answer.rawHeaders);
  const optedOut = headerValue(received, 'X-Accel-Buffering')?.toLowerCase() === 'no';
  const holds = rules.holds && !optedOut;
  const headFirst = rules.headFirst || optedOut;
  const head = () => {
    if (res.headersSent) return;
    res.writeHead(answer.statusCode ?? 502, sentHead(rules, received).flat());
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

function sentHead({ passesOptOut }: Rules, received: HeaderList): HeaderList {
  const dropped = new Set(['server', ...(passesOptOut ? [] : ['x-accel-buffering'])]);
  const kept = withoutHopByHop(received).filter(([field]) => !dropped.has(field.toLowerCase()));
  return [['Server', SIMULATED_NAME], ...kept];
}
