import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNginx, type NginxServer, startNginxWith } from '../../src/demo/nginx.ts';
import { type ConfName, placeConf, readConf } from '../../src/demo/nginx-conf.ts';

export interface TestNginxOptions {
  /** Base URL that `location /` forwards to. Left out: no `location /` is written, `server` says all. */
  upstream?: string;
  /** Directives beside `proxy_pass` in `location /`, e.g. `proxy_http_version 1.1;`. Default: a stock nginx. */
  location?: string;
  /** Directives in the server block, e.g. further locations. */
  server?: string;
  /** Directives in the http block. */
  http?: string;
  /** Listens with TLS, with a fresh certificate for 127.0.0.1 and localhost; `h2` offers HTTP/2 too. */
  tls?: boolean | 'h2';
}

/** A real nginx for a test. */
export interface TestNginx extends NginxServer {
  /** With `tls`: the certificate in PEM, and the file it lies in. */
  certificate: { pem: string; file: string } | null;
}

/** Starts the real nginx on 127.0.0.1. It ends with `close`, and at the latest with this process. */
export async function startTestNginx(options: TestNginxOptions): Promise<TestNginx> {
  let certificate: TestNginx['certificate'] = null;
  const server = await startNginxWith(await binary(), ({ port, folder }) => {
    if (options.tls) certificate = makeCertificate(folder);
    return confText(options, port, folder);
  });
  const url = options.tls ? server.url.replace('http:', 'https:') : server.url;
  return { ...server, url, certificate };
}

/** Starts the real nginx with one of the files in `nginx/`. */
export async function startShippedNginx(name: ConfName, upstream: string): Promise<NginxServer> {
  const text = await readConf(name);
  return startNginxWith(await binary(), ({ port, folder }) =>
    placeConf(text, { listen: `127.0.0.1:${port}`, upstream, folder }),
  );
}

async function binary() {
  const found = await findNginx();
  if (found === null) throw new Error('this test needs nginx: apt-get install nginx');
  return found;
}

function confText(options: TestNginxOptions, port: number, folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const tls = options.tls ? `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;` : '';
  const flags = `${options.tls ? ' ssl' : ''}${options.tls === 'h2' ? ' http2' : ''}`;
  const location =
    options.upstream === undefined
      ? ''
      : `location / { proxy_pass ${options.upstream}; ${options.location ?? ''} }`;
  return `
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  ${options.http ?? ''}
  server {
    listen 127.0.0.1:${port}${flags};
    ${tls}
    ${options.server ?? ''}
    ${location}
  }
}
`;
}

function makeCertificate(folder: string): { pem: string; file: string } {
  const file = join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const out = ['-keyout', join(folder, 'key.pem'), '-out', file];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...subject, ...out], { stdio: 'pipe' });
  return { pem: readFileSync(file, 'utf8'), file };
}
