import { existsSync } from 'node:fs';
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
