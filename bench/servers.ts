import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Place } from './targets.ts';

export function startNginx(file: string, { originPort, listenPort, tls, folder, openFiles }: Place): Command {
  const listen = tls === null ? '' : ' ssl http2';
  const certificate =
    tls === null
      ? ''
      : `\n    ssl_certificate ${tls.cert};\n    ssl_certificate_key ${tls.key};\n    ssl_protocols TLSv1.2 TLSv1.3;`;
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
    listen 127.0.0.1:${listenPort}${listen} backlog=4096;${certificate}
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

export function startHaproxy(file: string, { originPort, listenPort, folder, openFiles }: Place): Command {
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

export function startCaddy(file: string, { originPort, listenPort, folder }: Place): Command {
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
