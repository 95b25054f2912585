import { existsSync } from 'node:fs';
import { startUwsgi } from '../uwsgi.ts';
import { type Driver, type Launch, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

export const apache: Driver = {
  name: 'Apache httpd',
  install: 'apt-get install apache2',
  extension: 'conf',
  listens: true,
  version: { command: ['apache2', '-v'], pattern: /Apache\/(\d[\d.]*\d)/ },
  frame: (text, launch) =>
    `${installedServer(launch)}\n${text.replaceAll('/var/cache/', `${launch.folder}/cache/`)}`,
  command: ({ file, folder }) => ['apache2', '-d', folder, '-f', file, '-DFOREGROUND'],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.long,
        verdict: 'held',
        hold: { kind: 'for-time', periodMs: [190, 215] },
        findings: ['held-for-time'],
        measured: 0,
      },
      passthrough: {
        // It looks at the client only when it has something to write.
        leaving: 'with the next event',
        timeouts: {
          lower: (text) => replaceAll(text, 'ProxyTimeout 3600', 'ProxyTimeout 2'),
          lateHead: 'timed-out-before-head',
        },
      },
    },
    {
      name: 'fcgi',
      behind: startUwsgi('fastcgi'),
      needs: ['uwsgi'],
      buffering: {
        path: STREAMS.small,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['held-until-close'],
        measured: 1,
      },
      passthrough: {
        head: 'with the first byte',
        leaving: 'with the next event',
        timeouts: {
          lower: (text) => replaceAll(text, 'ProxyTimeout 3600', 'ProxyTimeout 2'),
          lateHead: 'timed-out-before-head',
        },
      },
    },
    {
      name: 'deflate',
      buffering: {
        path: STREAMS.large,
        verdict: 'streaming',
        hold: null,
        findings: [],
        warnings: ['compressed'],
      },
      passthrough: {
        leaving: 'with the next event',
        keeps: ['compression'],
        timeouts: {
          lower: (text) => replaceAll(text, 'ProxyTimeout 3600', 'ProxyTimeout 2'),
          lateHead: 'timed-out-before-head',
        },
      },
    },
    {
      name: 'idle',
      buffering: {
        path: STREAMS.quiet,
        verdict: 'cut',
        hold: null,
        findings: ['cut-when-idle'],
        edit: (text) => replaceAll(text, 'ProxyTimeout 60', 'ProxyTimeout 2'),
        // First comes the line for all streams and pages.
        fix: 'later',
      },
      passthrough: { leaving: 'with the next event' },
    },
  ],
};

const MODULES = [
  'mpm_event',
  'authz_core',
  'headers',
  'env',
  'setenvif',
  'filter',
  'proxy',
  'proxy_http',
  'proxy_fcgi',
].concat(['ratelimit', 'deflate', 'buffer', 'substitute', 'cache', 'cache_disk']);

/** What an installed Apache has in its main file, so that a site file can be run alone. */
function installedServer({ folder }: Launch): string {
  const loads = MODULES.map((name) => `LoadModule ${name}_module ${moduleFolder()}/mod_${name}.so`);
  return `ServerName 127.0.0.1
ServerRoot ${folder}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder}
ErrorLog ${folder}/error.log
User ${process.getuid?.() === 0 ? 'nobody' : `#${process.getuid?.()}`}
Group ${process.getgid?.() === 0 ? 'nogroup' : `#${process.getgid?.()}`}
StartServers 1
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
${loads.join('\n')}`;
}

/** Where distributions keep Apache's modules. */
const FOLDERS = ['/usr/lib/apache2', '/usr/lib/httpd', '/usr/lib64/httpd', '/usr/local/apache2'];

function moduleFolder(): string {
  const found = FOLDERS.map((folder) => `${folder}/modules`).find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`no Apache modules in ${FOLDERS.join(', ')}`);
  return found;
}
