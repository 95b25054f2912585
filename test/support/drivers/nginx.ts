import { join } from 'node:path';
import { startUwsgi } from '../uwsgi.ts';
import { type Driver, type Launch, replaceAll, repositoryRoot } from './driver.ts';
import { type Passthrough, STREAMS } from './pair.ts';

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
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
        measured: 0,
      },
      passthrough: { timeouts: timeouts() },
    },
    {
      name: 'gzip',
      buffering: {
        path: STREAMS.large,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['compressed-unflushed'],
        measured: 1,
      },
      passthrough: { keeps: ['compression'], timeouts: timeouts() },
    },
    {
      name: 'cache',
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
      },
      passthrough: { keeps: ['cache'], timeouts: timeouts() },
    },
    {
      name: 'tls',
      buffering: {
        path: STREAMS.tls,
        verdict: 'held',
        hold: { kind: 'until-full', blockBytes: 16_384 },
        findings: ['held-until-full'],
      },
      passthrough: { timeouts: timeouts() },
    },
    {
      name: 'fastcgi',
      behind: startUwsgi('fastcgi'),
      needs: ['uwsgi'],
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
        measured: 2,
        // Nothing in the answer tells how nginx reaches the server behind it.
        fix: 'later',
      },
      passthrough: {},
    },
    {
      name: 'uwsgi',
      behind: startUwsgi('uwsgi'),
      needs: ['uwsgi'],
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
        // Nothing in the answer tells how nginx reaches the server behind it.
        fix: 'later',
      },
      passthrough: {},
    },
    {
      name: 'behind-nginx',
      inFront: { product: 'nginx', config: 'configs/nginx/buffering.conf' },
      buffering: {
        path: `${STREAMS.small}&opt-out=x-accel-buffering`,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
      },
      passthrough: { path: STREAMS.small },
    },
  ],
};

function timeouts(): NonNullable<Passthrough['timeouts']> {
  const lower = (text: string) => replaceAll(text, 'proxy_read_timeout 1h', 'proxy_read_timeout 2s');
  return { lower, lateHead: 'timed-out-before-head' };
}

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
