import type { Driver } from './driver.ts';

export const tinyproxy: Driver = {
  name: 'Tinyproxy',
  install: 'apt-get install tinyproxy',
  extension: 'conf',
  listens: true,
  version: { command: ['tinyproxy', '-v'], pattern: /tinyproxy (\d[\d.]*\d)/ },
  frame: (text, { folder }) => `${text}\nLogLevel Error\nLogFile "${folder}/error.log"\n`,
  command: ({ file }) => ['tinyproxy', '-d', '-c', file],
  pairs: [],
};
