import type { Driver } from './driver.ts';

export const tinyproxy: Driver = {
  extension: 'conf',
  listens: true,
  version: { command: ['tinyproxy', '-v'], pattern: /tinyproxy (\d[\d.]*\d)/ },
  frame: (text, { folder }) => `${text}\nLogLevel Error\nLogFile "${folder}/error.log"\n`,
  command: ({ file }) => ['tinyproxy', '-d', '-c', file],
};
