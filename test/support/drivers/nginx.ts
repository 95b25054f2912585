import { join } from 'node:path';
import { type Driver, type Launch, repositoryRoot } from './driver.ts';

/** Sites (`server { … }`), as below /etc/nginx/conf.d, and whole files as in `nginx/`. */
export const nginx: Driver = {
  name: 'nginx',
  install: 'apt-get install nginx',
  extension: 'conf',
  listens: true,
  version: { command: ['nginx', '-v'], pattern: /nginx\/(\d[\d.]*\d)/ },
  frame: (text, launch) => {
    const moved = text
      .replaceAll('/var/cache/nginx', `${launch.folder}/cache`)
      .replaceAll('/etc/ssl/streams', join(repositoryRoot(), 'test/fixtures/tls'));
    return /^events\b/m.test(text) ? placedFile(moved, launch) : installedServer(moved, launch);
  },
  command: ({ file, folder }) => ['nginx', '-e', 'stderr', '-p', folder, '-c', file, '-g', 'daemon off;'],
  speaksTls: (text) => /^\s*listen [^;]*\bssl\b/m.test(text),
  pairs: [],
};

/** A whole file listens on every address, has an upstream with a name, and keeps its things below /tmp. */
function placedFile(text: string, { folder }: Launch): string {
  return text
    .replaceAll(/^(\s*listen) (\d+;)$/gm, '$1 127.0.0.1:$2')
    .replaceAll(/^(\s*proxy_pass http:\/\/)[\w.-]+(:\d+;)$/gm, '$1127.0.0.1$2')
    .replaceAll(/^(\s*(?:pid|\w+_temp_path)) \/tmp\//gm, `$1 ${folder}/`);
}

function installedServer(site: string, { folder }: Launch): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
# As in the packaged main file.
sendfile on;
tcp_nopush on;
access_log off;
${temporary.map((kind) => `${kind}_temp_path ${folder}/cache/${kind};`).join('\n')}
${site}
}
`;
}
