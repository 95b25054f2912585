import { watchFiles } from './file-watch.ts';
import type { GatewayOptions } from './options.ts';

/** Looks at the PEM files towards the upstreams for as long as they are in force. */
export interface UpstreamFiles {
  /** Looks at those of these options from now on. */
  watch(options: GatewayOptions): void;
  stop(): void;
}

/** Calls back when one of the files has changed that connections to upstreams are made with. */
export function createUpstreamFiles(onChanged: () => void): UpstreamFiles {
  let stop = (): void => {};
  return {
    watch({ upstreamCa, upstreamCert, upstreamKey }) {
      stop();
      const files = [upstreamCa, upstreamCert, upstreamKey].filter((file) => typeof file === 'string');
      stop = files.length === 0 ? () => {} : watchFiles(files, onChanged);
    },
    stop: () => stop(),
  };
}
