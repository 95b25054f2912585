import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fullGatewayTarget, gatewayTarget, type Part } from './gateway-targets.ts';
import { findProgram, firstLine } from './machine.ts';
import { nodeCommand } from './node-command.ts';
import type { Transport } from './scenarios.ts';
import { startCaddy, startHaproxy, startNginx } from './servers.ts';

/** Something that stands between client and origin, or nothing (`direct`). */
export interface Target {
  id: string;
  name: string;
  kind: 'direct' | 'gateway' | 'server' | 'library';
  version: string;
  /** How it is set up, in a few words. */
  setup: string;
  /** What its clients may speak. */
  transports: readonly Transport[];
  /** Does it put comment lines between the events? Elsewhere they count as damage. */
  comments?: true;
  /** The command that starts it; throws for `direct`. */
  start(place: Place): Command;
}

/** Where one run of a target takes place. */
export interface Place {
  originPort: number;
  listenPort: number;
  /** For a second listener. */
  adminPort: number;
  /** Null = plain HTTP/1.1. */
  tls: Certificate | null;
  /** An empty folder of this run's own. */
  folder: string;
  /** Open files that one process may have. */
  openFiles: number;
}

/** Paths of PEM files. */
export interface Certificate {
  cert: string;
  key: string;
}

export interface Command {
  file: string;
  args: string[];
  env?: Record<string, string>;
  /** Gets what it writes to stderr. */
  logFile?: string;
  /** Read again and again while it is measured. */
  metricsUrl?: string;
}

export interface TargetSources {
  /** The gateway under test, built: holds `bin/unclog.js`. */
  gateway: string;
  /** A second gateway to compare with, or null. */
  before: string | null;
  /** What is on in `unclog-full`. */
  parts: readonly Part[];
  /** Holds the peers' programs and their `node_modules`. */
  bench: string;
}

export const TARGET_IDS = [
  'direct',
  'unclog',
  'unclog-full',
  'before',
  'nginx',
  'haproxy',
  'caddy',
  'http-proxy',
  'http-proxy-3',
  'httpxy',
  'fastify',
] as const;

const LIBRARIES = [
  { id: 'http-proxy', name: 'http-proxy', program: 'http-proxy.mjs', setup: 'as it comes' },
  { id: 'http-proxy-3', name: 'http-proxy-3', program: 'http-proxy-3.mjs', setup: 'as it comes' },
  {
    id: 'httpxy',
    name: 'httpxy',
    program: 'httpxy.mjs',
    setup: 'agent without its limit of 256 connections',
  },
  {
    id: 'fastify',
    name: '@fastify/http-proxy',
    program: 'fastify-http-proxy.mjs',
    setup: 'pool of 20,000 connections, no body timeout',
  },
] as const;

const NATIVE = [
  {
    id: 'nginx',
    program: 'nginx',
    version: ['-v'],
    setup: 'proxy_buffering off, one worker; over TLS its own defaults, http2 on',
    transports: ['plain', 'tls', 'h2'],
    start: startNginx,
  },
  {
    id: 'haproxy',
    program: 'haproxy',
    version: ['-v'],
    setup: 'http-no-delay, abortonclose, one thread',
    transports: ['plain'],
    start: startHaproxy,
  },
  {
    id: 'caddy',
    program: 'caddy',
    version: ['version'],
    setup: 'reverse_proxy, GOMAXPROCS=1',
    transports: ['plain'],
    start: startCaddy,
  },
] as const;

/** All targets that can run here, and the names of the programs that are missing. */
export function findTargets(sources: TargetSources): { targets: Target[]; missing: string[] } {
  const targets: Target[] = [
    {
      id: 'direct',
      name: 'direct',
      kind: 'direct',
      version: '',
      setup: 'no proxy',
      transports: ['plain'],
      start: noCommand,
    },
    gatewayTarget('unclog', 'unclog gateway', sources.gateway),
    fullGatewayTarget(sources.gateway, sources.parts),
  ];
  if (sources.before !== null) targets.push(gatewayTarget('before', 'unclog (before)', sources.before));
  const missing: string[] = [];
  for (const { id, program, version, setup, transports, start } of NATIVE) {
    const file = findProgram(program);
    if (file === null) missing.push(program);
    else {
      const words = firstLine(file, version) ?? '';
      const number = /\d+\.\d+[\w.+~-]*/.exec(words)?.[0] ?? 'unknown';
      targets.push({
        id,
        name: id,
        kind: 'server',
        version: number,
        setup,
        transports,
        start: (place) => start(file, place),
      });
    }
  }
  for (const { id, name, program, setup } of LIBRARIES) {
    const manifest = join(sources.bench, 'node_modules', name, 'package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    const file = join(sources.bench, 'peers', program);
    targets.push({
      id,
      name,
      kind: 'library',
      version,
      setup,
      transports: ['plain'],
      start: (place) => nodeCommand([file, ...ports(place)]),
    });
  }
  return { targets, missing };
}

function noCommand(): never {
  throw new Error('direct has no command');
}

function ports({ originPort, listenPort }: Place): string[] {
  return [String(originPort), String(listenPort)];
}
