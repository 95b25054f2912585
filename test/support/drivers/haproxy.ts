import type { Driver } from './driver.ts';

export const haproxy: Driver = {
  extension: 'cfg',
  listens: true,
  version: { command: ['haproxy', '-v'], pattern: /HAProxy version (\d[\d.]*\d)/ },
  command: ({ file }) => ['haproxy', '-db', '-q', '-f', file],
};
