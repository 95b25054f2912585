import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { findProgram, firstLine } from '../machine.ts';
import type { Command } from '../targets.ts';

/** A product in one setting: a column of the matrix. */
export interface Column {
  id: ColumnId;
  name: string;
  version: string;
  /** How it is set up, in a few words. */
  setup: string;
  start(place: ColumnPlace): Command;
}

export interface ColumnPlace {
  originPort: number;
  listenPort: number;
  /** An empty folder of this run's own. */
  folder: string;
}

export const COLUMN_IDS = [
  'unclog',
  'nginx',
  'nginx-stock',
  'haproxy',
  'haproxy-stock',
  'caddy',
  'http-proxy',
  'http-proxy-3',
  'httpxy',
  'fastify',
] as const;
export type ColumnId = (typeof COLUMN_IDS)[number];

/** Columns that need the packages of the benchmark. */
export const LIBRARY_IDS: readonly ColumnId[] = ['http-proxy', 'http-proxy-3', 'httpxy', 'fastify'];

export interface ColumnFolders {
  /** A built gateway: holds `bin/unclog.js`. */
  gateway: string;
  /** Holds the libraries in `node_modules`. */
  bench: string;
}

/** The column, or null where its program is not installed. */
export function createColumn(id: ColumnId, folders: ColumnFolders): Column | null {
  switch (id) {
    case 'unclog':
      return unclog(folders.gateway);
    case 'nginx':
      return server(id, 'nginx, tuned', 'nginx', NGINX_TUNED_WORDS, (file, place) =>
        startNginx(file, place, NGINX_TUNED),
      );
    case 'nginx-stock':
      return server(id, 'nginx, stock', 'nginx', 'proxy_pass and nothing else', (file, place) =>
        startNginx(file, place, { http: '', location: '' }),
      );
    case 'haproxy':
      return server(id, 'HAProxy, tuned', 'haproxy', HAPROXY_TUNED.join('; '), (file, place) =>
        startHaproxy(file, place, HAPROXY_TUNED),
      );
    case 'haproxy-stock':
      return server(id, 'HAProxy, stock', 'haproxy', 'mode http, timeouts of one hour', (file, place) =>
        startHaproxy(file, place, []),
      );
    case 'caddy':
      return server(id, 'Caddy', 'caddy', 'reverse_proxy as it comes', startCaddy);
    case 'fastify':
      return library(
        id,
        '@fastify/http-proxy',
        'websocket on, pool of 20,000 connections, no body timeout',
        folders,
      );
    default:
      return library(id, id, 'ws and xfwd on, errors answered 502 where no head was sent', folders);
  }
}

function unclog(folder: string): Column {
  const program = join(folder, 'bin/unclog.js');
  return {
    id: 'unclog',
    name: 'unclog',
    version: manifestVersion(join(folder, 'package.json')),
    setup: 'unclog gateway --upstream URL',
    start: ({ originPort, listenPort }) => ({
      file: process.execPath,
      args: [
        program,
        'gateway',
        '--upstream',
        `http://127.0.0.1:${originPort}`,
        '--listen',
        `127.0.0.1:${listenPort}`,
        '--log-level',
        'warn',
      ],
    }),
  };
}

function library(id: ColumnId, name: string, setup: string, { bench }: ColumnFolders): Column {
  const program = join(bench, 'matrix/peers', `${id === 'fastify' ? 'fastify-http-proxy' : id}.mjs`);
  return {
    id,
    name,
    version: manifestVersion(join(bench, 'node_modules', name, 'package.json')),
    setup,
    start: ({ originPort, listenPort }) => ({
      file: process.execPath,
      args: [program, String(originPort), String(listenPort)],
      env: { NODE_ENV: 'production' },
    }),
  };
}

function server(
  id: ColumnId,
  name: string,
  program: string,
  setup: string,
  start: (file: string, place: ColumnPlace) => Command,
): Column | null {
  const file = findProgram(program);
  if (file === null) return null;
  const words = firstLine(file, program === 'caddy' ? ['version'] : ['-v']) ?? '';
  const version = /\d+\.\d+[\w.+~-]*/.exec(words)?.[0] ?? 'unknown';
  return { id, name, version, setup, start: (place) => start(file, place) };
}

function manifestVersion(file: string): string {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    throw new BenchError(`${file} cannot be read: is it installed and built?`);
  }
}

/** What nginx's own pages recommend: ngx_http_proxy_module and "WebSocket proxying". */
const NGINX_TUNED = {
  // The quotes of an empty value are nginx's.
  http: "map $http_upgrade $connection_upgrade { default upgrade; '' ''; }",
  location: `proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_buffering off;
      proxy_request_buffering off;`,
};
const NGINX_TUNED_WORDS =
  'proxy_http_version 1.1, proxy_buffering off, proxy_request_buffering off, Upgrade and Connection as in its manual, X-Forwarded-For $remote_addr';

function startNginx(
  file: string,
  { originPort, listenPort, folder }: ColumnPlace,
  lines: { http: string; location: string },
): Command {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join('\n');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
${temporary}
  access_log off;
  ${lines.http}
  server {
    listen 127.0.0.1:${listenPort};
    location / {
      proxy_pass http://127.0.0.1:${originPort};
      ${lines.location}
    }
  }
}
`,
  );
  return { file, args: ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'] };
}

const HAPROXY_TUNED = [
  'option http-no-delay',
  'option abortonclose',
  'http-request set-header X-Forwarded-For %[src]',
];

function startHaproxy(
  file: string,
  { originPort, listenPort, folder }: ColumnPlace,
  lines: readonly string[],
): Command {
  const options = lines.filter((line) => line.startsWith('option'));
  const rules = lines.filter((line) => !line.startsWith('option'));
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `global
  nbthread 1
  maxconn 1000
defaults
  mode http
  ${options.join('\n  ')}
  timeout connect 10s
  timeout client 1h
  timeout server 1h
frontend in
  bind 127.0.0.1:${listenPort}
  ${rules.join('\n  ')}
  default_backend out
backend out
  server origin 127.0.0.1:${originPort}
`,
  );
  return { file, args: ['-db', '-q', '-f', join(folder, 'haproxy.cfg')] };
}

function startCaddy(file: string, { originPort, listenPort, folder }: ColumnPlace): Command {
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
http://:${listenPort} {
	bind 127.0.0.1
	reverse_proxy 127.0.0.1:${originPort}
}
`,
  );
  return {
    file,
    args: ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
    env: { HOME: join(folder, 'home'), XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
  };
}
