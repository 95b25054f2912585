import type { ConfName, Directives } from './nginx-conf.ts';

/** A hop that is up. */
export interface RunningHop {
  /** Base URL without a trailing slash. */
  url: string;
  /** The whole configuration file that it runs with; of a simulated hop, the one whose rules it follows. */
  conf: string;
  close(): Promise<void>;
}

/** Where a hop listens, and what its configuration has other than the file. */
export interface HopOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default: a free one. */
  port?: number;
  directives?: Directives;
}

/** Where the demonstration gets its hop from, best first. */
export type HopKind = 'nginx' | 'docker' | 'folder' | 'simulated';

/** Starts hops of one kind. */
export interface HopSource {
  kind: HopKind;
  /** What it is, for people, e.g. `nginx/1.22.1` or `simulated hop`. */
  name: string;
  /** Where it was found, e.g. `/usr/sbin/nginx` or `image nginx:1.28`. */
  from: string;
  /** Starts a hop with the behaviour of `nginx/NAME.conf` before `upstream` (a base URL on the loopback). */
  start(name: ConfName, upstream: string, options?: HopOptions): Promise<RunningHop>;
}
