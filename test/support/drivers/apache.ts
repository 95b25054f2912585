import { existsSync } from 'node:fs';
import type { Driver, Launch } from './driver.ts';

export const apache: Driver = {
  extension: 'conf',
  listens: true,
  version: { command: ['apache2', '-v'], pattern: /Apache\/(\d[\d.]*\d)/ },
  frame: (text, launch) =>
    `${installedServer(launch)}\n${text.replaceAll('/var/cache/', `${launch.folder}/cache/`)}`,
  command: ({ file, folder }) => ['apache2', '-d', folder, '-f', file, '-DFOREGROUND'],
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
