import { existsSync } from 'node:fs';
import type { Driver } from './driver.ts';
import { nginx } from './nginx.ts';

/** Where distributions keep nginx's modules. */
const FOLDERS = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/share/nginx/modules'];
const FILES = FOLDERS.map((folder) => `${folder}/ngx_nchan_module.so`);
const module = FILES.find((file) => existsSync(file)) ?? FILES[0];

/** nginx with a module that takes events and gives them out; a configuration is a site. */
export const nchan: Driver = {
  name: 'nchan',
  install: 'apt-get install libnginx-mod-nchan',
  extension: 'conf',
  listens: true,
  isHere: () => FILES.some((file) => existsSync(file)),
  // The module itself does not tell.
  version: {
    command: ['dpkg-query', '--show', 'libnginx-mod-nchan'],
    pattern: /\s(?:\d+:)?(\d[\d.]*\d)/,
  },
  frame: async (text, launch) => {
    const site = text.replaceAll('/run/nchan.sock', `${launch.folder}/cache/nchan.sock`);
    return `load_module ${module};\n${await nginx.frame?.(site, launch)}`;
  },
  command: nginx.command,
  pairs: [],
  // It passes nobody's stream on, so that the origin of the suite has no part in it.
  own: { test: 'test/e2e/nchan.test.ts', files: ['buffering.conf', 'passthrough.conf'] },
};
