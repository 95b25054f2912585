import { createGateway } from '../gateway/gateway.ts';
import type { HopSource } from './hop.ts';

/** A path from the client to the origin; the order is the table's. */
export const PATH_IDS = ['direct', 'held', 'gateway', 'fixed', 'newer-default'] as const;
export type PathId = (typeof PATH_IDS)[number];

/** One way to the same origin. */
export interface DemoPath {
  id: PathId;
  /** For people, short enough for a table. */
  title: string;
  /** URL of the stream on this path. */
  url: string;
}

/** Everything the demonstration shows, running. */
export interface Stage {
  paths: readonly DemoPath[];
  close(): Promise<void>;
}

interface Closable {
  close(): Promise<void>;
}

/**
 * Puts the hops and the gateway between the client and a running origin. What was started is stopped again
 * when a part of it cannot start.
 * @param originUrl base URL of the origin, on the loopback
 */
export async function buildStage(source: HopSource, originUrl: string): Promise<Stage> {
  const parts: Closable[] = [];
  const keep = async <T extends Closable>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    parts.push(part);
    return part;
  };
  const close = async () => {
    await Promise.all(parts.splice(0).map((part) => part.close()));
  };
  const gateway = await keep(createGateway({ upstream: originUrl, listen: { host: '127.0.0.1', port: 0 } }));
  const started = await Promise.allSettled([
    keep(source.start('buffered', originUrl)),
    keep(source.start('buffered', gateway.url)),
    keep(source.start('passthrough', originUrl)),
    keep(source.start('newer-default', originUrl)),
  ]);
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const bases = started.map((one) => (one.status === 'fulfilled' ? one.value.url : ''));
  const titles = titlesFor(source);
  const paths = PATH_IDS.map((id, index) => ({
    id,
    title: titles[id],
    url: `${[originUrl, ...bases][index]}/stream`,
  }));
  return { paths, close };
}

function titlesFor(source: HopSource): Record<PathId, string> {
  const hop = source.kind === 'simulated' ? 'simulated hop' : 'nginx';
  return {
    direct: 'the origin itself',
    held: `${hop} that holds`,
    gateway: `${hop} that holds + gateway`,
    fixed: `${hop} with its own fix`,
    'newer-default': `${hop}, default since 1.29.7`,
  };
}
