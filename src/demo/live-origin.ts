import { createServer } from 'node:http';
import { listen } from '../http/listen.ts';
import { createOriginHandler } from '../origin/handler.ts';
import { createStreamLedger } from '../origin/stream-ledger.ts';

/** From one stage of the delivery to the next: slow enough to watch, short enough to wait for. */
const STORY_INTERVAL_MS = 800;

/** The origin of the live page. */
export interface LiveOrigin {
  url: string;
  close(): Promise<void>;
}

/**
 * An origin that tells the delivery's story and lets one page read it: page and hops listen on different
 * ports, which makes them strangers to the browser (Fetch standard, "CORS protocol").
 * @param pageUrl called at each request, since the page's own port may not be known yet
 */
export async function startLiveOrigin(pageUrl: () => string): Promise<LiveOrigin> {
  const ledger = createStreamLedger(null);
  const handler = createOriginHandler(
    {
      intervalMs: STORY_INTERVAL_MS,
      firstDelayMs: STORY_INTERVAL_MS,
      events: null,
      eventBytes: null,
      fill: 'random',
      story: true,
      optOuts: false,
      framing: 'auto',
    },
    ledger,
  );
  const server = createServer({ noDelay: true }, (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', pageUrl());
    handler(request, response);
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    ledger.stopAll();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}
