import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../certificate.ts';

/** `plain`: as it comes. `full`: with everything on that a configuration can turn on. */
export const PROFILES = ['plain', 'full'] as const;
export type Profile = (typeof PROFILES)[number];

/** The token that some clients ask for stamps with. */
export const STAMP = 'stamps-for-the-fuzzer';
/** What event streams begin with for some clients; no answer of the upstream's has this line. */
export const RETRY_LINE = 'retry: 4321';
/** Longer than the time after which the gateway sends a heartbeat or a head of its own. */
export const PAUSE_MS = 240;
export const HEALTH_TARGET = '/healthz';

/** How one gateway is started. */
export interface Setup {
  args: string[];
  /** Removes what was written for it. */
  remove(): void;
}

const BOUNDS = ['--request-head-timeout', '2s', '--slow-client-timeout', '2s'];

/** @param ports of the upstream */
export function setUp(profile: Profile, ports: readonly number[]): Setup {
  if (profile === 'plain') {
    const args = ['--upstream', `http://127.0.0.1:${ports[0]}`, '--listen', '127.0.0.1:0'];
    return {
      args: [...args, ...BOUNDS, '--request-body-idle-timeout', '2s', '--log-level', 'error'],
      remove: () => {},
    };
  }
  const folder = mkdtempSync(join(tmpdir(), 'unclog-fuzz-'));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, fullConfig(ports, makeCertificate(folder)));
  return {
    args: ['--config', file, ...BOUNDS],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Nobody listens on port 1: each request that is given to it has to go to another target. */
function fullConfig(ports: readonly number[], { cert, key }: { cert: string; key: string }): string {
  const targets = ports.map((port) => `http://127.0.0.1:${port}`).join(', ');
  return `listeners:
  - 127.0.0.1:0
  - { listen: 127.0.0.1:0, tlsCert: ${cert}, tlsKey: ${key} }
admin: 127.0.0.1:0
logLevel: info
via: unclog-fuzz
serverTiming: true
requestBodyIdleTimeout: 2s
idleTimeout: 5s
maxAge: 1m
maxRequestBody: 64k
maxConnections: 500
maxStreams: 100
maxStreamsPerClient: 14
queue: 10s
retries: 2
stamp: ${STAMP}
upstreams:
  streams:
    targets: [http://127.0.0.1:1, ${targets}]
    balance: least-streams
    ejection: { failures: 30, for: 100ms }
  shop:
    targets: [${targets}]
    balance: sticky
    stickyHeader: X-Session
    healthCheck: { path: ${HEALTH_TARGET}, interval: 1s }
    ejection: off
routes:
  - paths: [/stream/**]
    upstream: streams
    kind: stream
    heartbeat: 100ms
    openingComment: true
    openingPadding: 1k
    retry: 4321ms
    earlyHead: 100ms
    maxStreams: 50
  - paths: [/shop/**]
    upstream: shop
    heartbeat: 100ms
    openingComment: true
  - upstream: shop
`;
}
