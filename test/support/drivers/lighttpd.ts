import { type Driver, replaceAll } from './driver.ts';

export const lighttpd: Driver = {
  extension: 'conf',
  listens: true,
  version: { command: ['lighttpd', '-v'], pattern: /lighttpd\/(\d[\d.]*\d)/ },
  frame: (text, { folder }) => replaceAll(text, '"/var/www/html"', `"${folder}"`),
  command: ({ file }) => ['lighttpd', '-D', '-f', file],
};
