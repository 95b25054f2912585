import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, firstLine } from './machine.ts';

/** Something that stands between client and origin, or nothing (`direct`). */
export interface Target {
  id: string;
  name: string;
  kind: 'direct' | 'gateway' | 'server' | 'library';
  version: string;
  /** How it is set up, in a few words. */
  setup: string;
  /** The command that starts it, or null for `direct`. */
  start(place: Place): Command;
}

/** Where one run of a target takes place. */
export interface Place {
  originPort: number;
  listenPort: number;
  /** An empty folder of this run's own. */
  folder: string;
  /** Open files that one process may have. */
  openFiles: number;
}

export interface Command {
  file: string;
  args: string[];
  env?: Record<string, string>;
}

export interface TargetFolders {
  /** The gateway under test, built: holds `bin/unclog.js`. */
  gateway: string;
  /** A second gateway to compare with, or null. */
  before: string | null;
  /** Holds the peers' programs and their `node_modules`. */
  bench: string;
}

export const TARGET_IDS = [
  'direct',
  'unclog',
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
    setup: 'proxy_buffering off, one worker',
    start: startNginx,
  },
  {
    id: 'haproxy',
    program: 'haproxy',
    version: ['-v'],
    setup: 'http-no-delay, abortonclose, one thread',
    start: startHaproxy,
  },
  {
    id: 'caddy',
    program: 'caddy',
    version: ['version'],
    setup: 'reverse_proxy, GOMAXPROCS=1',
    start: startCaddy,
  },
] as const;

/** All targets that can run here, and the names of the programs that are missing. */
export function findTargets(folders: TargetFolders): { targets: Target[]; missing: string[] } {
  const targets: Target[] = [
    { id: 'direct', name: 'direct', kind: 'direct', version: '', setup: 'no proxy', start: noCommand },
    gatewayTarget('unclog', 'unclog gateway', folders.gateway),
  ];
  if (folders.before !== null) targets.push(gatewayTarget('before', 'unclog (before)', folders.before));
  const missing: string[] = [];
  for (const { id, program, version, setup, start } of NATIVE) {
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
        start: (place) => start(file, place),
      });
    }
  }
  for (const { id, name, program, setup } of LIBRARIES) {
    const manifest = join(folders.bench, 'node_modules', name, 'package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    const file = join(folders.bench, 'peers', program);
    targets.push({
      id,
      name,
      kind: 'library',
      version,
      setup,
      start: (place) => nodeCommand([file, ...ports(place)]),
    });
  }
  return { targets, missing };
}

function gatewayTarget(id: string, name: string, folder: string): Target {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return {
    id,
    name,
    kind: 'gateway',
    version,
    setup: 'one process, as it comes but for --log-level error (no peer logs requests)',
    start: ({ originPort, listenPort }) =>
      nodeCommand([
        join(folder, 'bin/unclog.js'),
        'gateway',
        '--upstream',
        `http://127.0.0.1:${originPort}`,
        '--listen',
        `127.0.0.1:${listenPort}`,
        '--log-level',
        'error',
      ]),
  };
}

function noCommand(): never {
  throw new Error('direct has no command');
}

function ports({ originPort, listenPort }: Place): string[] {
  return [String(originPort), String(listenPort)];
}

function nodeCommand(args: string[]): Command {
  return { file: process.execPath, args, env: { NODE_ENV: 'production' } };
}

function startNginx(file: string, { originPort, listenPort, folder, openFiles }: Place): Command {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join('\n');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off;
worker_processes 1;
worker_rlimit_nofile ${openFiles};
pid ${folder}/nginx.pid;
error_log stderr error;
# From fifteen sixteenths of this number on nginx drops connections that have not sent a request yet.
events { worker_connections ${2 * openFiles}; }
http {
${temporary}
  access_log off;
  server {
    listen 127.0.0.1:${listenPort} backlog=4096;
    location / {
      proxy_pass http://127.0.0.1:${originPort};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 1h;
    }
  }
}
`,
  );
  return { file, args: ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'] };
}

function startHaproxy(file: string, { originPort, listenPort, folder, openFiles }: Place): Command {
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `global
  nbthread 1
  maxconn ${Math.floor((openFiles - 200) / 2)}
defaults
  mode http
  option http-no-delay
  option abortonclose
  timeout connect 10s
  timeout client 1h
  timeout server 1h
frontend in
  bind 127.0.0.1:${listenPort} backlog 4096
  default_backend out
backend out
  server origin 127.0.0.1:${originPort}
`,
  );
  return { file, args: ['-db', '-q', '-f', join(folder, 'haproxy.cfg')] };
}

function startCaddy(file: string, { originPort, listenPort, folder }: Place): Command {
  mkdirSync(join(folder, 'home'));
  writeFileSync(
    join(folder, 'Caddyfile'),
    `{
	admin off
	auto_https off
	log {
		level ERROR
	}
}
http://127.0.0.1:${listenPort} {
	bind 127.0.0.1
	reverse_proxy 127.0.0.1:${originPort}
}
`,
  );
  return {
    file,
    args: ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
    env: { GOMAXPROCS: '1', HOME: join(folder, 'home'), XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
  };
}
