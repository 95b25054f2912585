import { createServer } from 'node:http';
import { listen } from '../http/listen.ts';
import type { HopSource } from './hop.ts';
import { startLiveOrigin } from './live-origin.ts';
import { type Lane, type LivePage, renderLivePage } from './live-page.ts';
import { buildStage, type PathId } from './stage.ts';

/** The live demonstration, running. */
export interface LiveDemo {
  /** Address of the page. */
  url: string;
  close(): Promise<void>;
}

const SHOWN: readonly { id: PathId; note: string }[] = [
  { id: 'held', note: 'Nothing, nothing, then everything at once, when it is too late.' },
  { id: 'gateway', note: 'The same settings, with the unclog gateway behind them.' },
  { id: 'fixed', note: 'proxy_buffering off;' },
];

/**
 * Starts origin, hops, gateway and a page that shows the held and the flowing stream side by side.
 * @throws ListenError, NginxStartError when a part cannot start
 */
export async function startLiveDemo(source: HopSource): Promise<LiveDemo> {
  let page: LivePage | null = null;
  let host = '';
  const server = createServer((request, response) => {
    // A name that somebody else points to 127.0.0.1 gets nothing (DNS rebinding).
    if (request.headers.host !== host) return void response.writeHead(421).end();
    if (request.url !== '/' || page === null) return void response.writeHead(404).end();
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(page.html),
      'Content-Security-Policy': page.policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? '' : page.html);
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  host = `127.0.0.1:${port}`;
  const closers: (() => Promise<void>)[] = [
    async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  ];
  const close = async () => {
    for (const stop of closers.splice(0).reverse()) await stop();
  };
  try {
    const origin = await startLiveOrigin(() => `http://${host}`);
    closers.push(origin.close);
    const stage = await buildStage(source, origin.url);
    closers.push(stage.close);
    const lanes = SHOWN.flatMap(({ id, note }): Lane[] => {
      const path = stage.paths.find((one) => one.id === id);
      return path === undefined ? [] : [{ title: path.title, note, url: path.url }];
    });
    page = renderLivePage(lanes, `${source.name} (${source.from})`);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `http://${host}/`, close };
}
