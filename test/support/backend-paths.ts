import { createGateway } from '../../src/gateway/gateway.ts';
import { BACKENDS, type BackendName } from './backend.ts';
import { startTestNginx } from './nginx.ts';

/** The ways from a client to a backend. */
export const PATHS = [
  'directly',
  'through stock nginx',
  'through the gateway',
  'through stock nginx and the gateway',
] as const;
export type PathName = (typeof PATHS)[number];

export interface Paths {
  /** Base URL of each way, without a trailing slash. */
  url: Record<PathName, string>;
  close(): Promise<void>;
}

/**
 * nginx as every version before 1.29.7 does it by default; written out, because newer ones speak HTTP/1.1
 * upstream (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version).
 */
const STOCK = 'proxy_http_version 1.0;';

/** Puts a real nginx, the gateway, and nginx in front of the gateway before a backend. */
export async function startPaths(upstream: string, name: BackendName): Promise<Paths> {
  const gateway = await createGateway({
    upstream,
    listen: { host: '127.0.0.1', port: 0 },
    streamTypes: BACKENDS.find((backend) => backend.name === name)?.streamTypes ?? [],
  });
  const [plain, outer] = await Promise.all(
    [upstream, gateway.url].map((next) => startTestNginx({ upstream: next, location: STOCK })),
  );
  if (plain === undefined || outer === undefined) throw new Error('nginx did not start');
  return {
    url: {
      directly: upstream,
      'through stock nginx': plain.url,
      'through the gateway': gateway.url,
      'through stock nginx and the gateway': outer.url,
    },
    close: async () => {
      await Promise.all([plain.close(), outer.close()]);
      await gateway.close();
    },
  };
}
