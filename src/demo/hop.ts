import type { ConfName } from './nginx-conf.ts';

/** A hop that is up. */
export interface RunningHop {
  /** Base URL without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** Where the demonstration gets its hop from, best first. */
type HopKind = 'nginx' | 'docker' | 'simulated';

/** Starts hops of one kind. */
export interface HopSource {
  kind: HopKind;
  /** What it is, for people, e.g. `nginx/1.22.1` or `simulated hop`. */
  name: string;
  /** Where it was found, e.g. `/usr/sbin/nginx` or `image nginx:1.28`. */
  from: string;
  /** Starts a hop with the behaviour of `nginx/NAME.conf` before `upstream` (a base URL on the loopback). */
  start(name: ConfName, upstream: string): Promise<RunningHop>;
}
