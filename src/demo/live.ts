import { createServer } from 'node:http';
import { formatAddress, type ListenAddress, listen } from '../http/listen.ts';
import type { HopSource } from './hop.ts';
import { createOwnNames } from './live-address.ts';
import { type Beat, startLiveOrigin } from './live-origin.ts';
import { createLiveHandler } from './live-server.ts';
import { type LiveStage, startLiveStage } from './live-stage.ts';

/** The live demonstration, running. */
export interface LiveDemo {
  /** Address of the page. */
  url: string;
  close(): Promise<void>;
}

export interface LiveOptions {
  /**
   * Where the page is; default 127.0.0.1 and a free port. With a port P the server's own stream is on P+1, and the
   * hops' on the three that follow.
   */
  listen?: ListenAddress;
  /** When events are due, in place of the clock. */
  beat?: Beat;
}

/**
 * Starts origin, hops, gateway and a page that shows the same stream on several ways, side by side.
 * @throws ListenError, NginxStartError when a part cannot start
 */
export async function startLiveDemo(source: HopSource, options: LiveOptions = {}): Promise<LiveDemo> {
  const { host, port } = options.listen ?? { host: '127.0.0.1', port: 0 };
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const stop of closers.splice(0).reverse()) await stop();
  };
  const server = createServer({ noDelay: true });
  const bound = await listen(server, { host, port });
  const names = createOwnNames(bound);
  const url = `http://${formatAddress({ ...bound, host: namedHost(bound.host) })}/`;
  closers.push(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  try {
    const following = (offset: number) => (port === 0 ? 0 : port + offset);
    const origin = await startLiveOrigin(
      { host, port: following(1) },
      (request) => names.originOf(request) ?? new URL(url).origin,
    );
    closers.push(origin.close);
    const stage: LiveStage = await startLiveStage(source, origin, {
      host,
      firstPort: port === 0 ? null : following(2),
    });
    closers.push(stage.close);
    const { kind, name, from } = source;
    server.on(
      'request',
      createLiveHandler({ names, origin, stage, hop: { kind, name, from }, beat: options.beat }),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

/** A browser on this machine reaches a server that listens everywhere on the loopback. */
function namedHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
