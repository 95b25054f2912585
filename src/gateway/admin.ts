import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { formatAddress, type ListenAddress, listen } from '../http/listen.ts';
import { type LiveStreams, listStreams } from './admin-streams.ts';
import { createMetrics, type GatewayMetrics, METRICS_CONTENT_TYPE, type MetricsSource } from './metrics.ts';

/** What the admin server shows. */
export interface AdminPages {
  /** Are clients served: does the gateway listen, and does it not shut down? */
  isReady(): boolean;
  metrics(): Promise<{ type: string; text: string }>;
  streams(): LiveStreams | Promise<LiveStreams>;
  readonly logger: Logger;
}

/** The admin server, listening. */
export interface AdminServer {
  /** `http://host:port` of the address in use. */
  readonly url: string;
  close(): Promise<void>;
}

/** Where the pages of a gateway in this process come from. */
export interface AdminSource extends MetricsSource, Pick<AdminPages, 'isReady' | 'logger'> {}

/** The admin server of one gateway, and the books that it shows. */
export interface RunningAdmin extends AdminServer, Omit<GatewayMetrics, 'text' | 'snapshot'> {}

/** An answer before it is written. */
interface AdminAnswer {
  status: number;
  type: string;
  body: string;
}

type Page = (shown: AdminPages) => AdminAnswer | Promise<AdminAnswer>;

/** Plenty for scrapers and people; each may hold one written page in memory. */
const MAX_CONNECTIONS = 64;
/** No page takes a request body, and no honest reader takes longer for one. */
const IDLE_MS = 10_000;

const PAGES: ReadonlyMap<string, Page> = new Map<string, Page>([
  ['/healthz', () => plain(200, 'ok')],
  ['/readyz', (shown) => (shown.isReady() ? plain(200, 'ready') : plain(503, 'not ready'))],
  [
    '/metrics',
    async (shown) => {
      const { type, text } = await shown.metrics();
      return { status: 200, type, body: text };
    },
  ],
  [
    '/streams',
    async (shown) => ({
      status: 200,
      type: 'application/json',
      body: `${JSON.stringify(await shown.streams(), null, 2)}\n`,
    }),
  ],
]);

/**
 * Starts the admin server of a gateway in this process.
 * @throws ListenError when the address cannot be had
 */
export async function createAdmin(address: ListenAddress, source: AdminSource): Promise<RunningAdmin> {
  const metrics = createMetrics(source);
  const server = await serveAdmin(address, {
    isReady: source.isReady,
    get logger() {
      return source.logger;
    },
    metrics: async () => ({ type: METRICS_CONTENT_TYPE, text: await metrics.text() }),
    streams: () => listStreams(source.open),
  });
  return { ...metrics, ...server };
}

/**
 * Starts an admin server: `/healthz`, `/readyz`, `/metrics` and `/streams` on an address of its own.
 * @throws ListenError when the address cannot be had
 */
export async function serveAdmin(address: ListenAddress, shown: AdminPages): Promise<AdminServer> {
  const server = createServer(
    {
      headersTimeout: IDLE_MS,
      requestTimeout: IDLE_MS,
      connectionsCheckingInterval: IDLE_MS,
      maxHeaderSize: 8_192,
    },
    (req, res) => void serve(req, res, shown),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // A reader that stops reading is found by this one; a scraper that keeps its connection asks again or reconnects.
  server.setTimeout(6 * IDLE_MS);
  const bound = await listen(server, address);
  server.on('error', (error) => shown.logger.error({ err: error }, 'admin server'));
  return {
    url: `http://${formatAddress(bound)}`,
    close: () => stop(server),
  };
}

async function serve(req: IncomingMessage, res: ServerResponse, shown: AdminPages): Promise<void> {
  let answer: AdminAnswer;
  try {
    answer = await answerTo(req, shown);
  } catch (error) {
    shown.logger.error({ err: error }, 'admin page');
    answer = plain(500, 'internal error');
  }
  const { status, type, body } = answer;
  // What is left of a request body is not waited for.
  if (!req.complete) res.shouldKeepAlive = false;
  res.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

function answerTo(req: IncomingMessage, shown: AdminPages): AdminAnswer | Promise<AdminAnswer> {
  const page = PAGES.get((req.url ?? '').split('?', 1)[0] ?? '');
  if (page === undefined) return plain(404, 'not found');
  if (req.method !== 'GET' && req.method !== 'HEAD') return plain(405, 'method not allowed');
  return page(shown);
}

function plain(status: number, text: string): AdminAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
